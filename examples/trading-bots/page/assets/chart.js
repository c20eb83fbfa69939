// Lines, drawn as SVG: a sparkline for a row, and a chart over time with its scale.

import { mark, svg, write } from "./dom.js";

// The points of a line through `values`, for a box of this size; the last value is at the right edge.
export function sparkPath(values, room, width, height) {
  let top = 1;
  for (const value of values) top = Math.max(top, value);
  const step = width / (room - 1);
  let path = "";
  let x = width - (values.length - 1) * step;
  for (const value of values) {
    const y = height - 1 - (value / top) * (height - 2);
    path += `${path === "" ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    x += step;
  }
  return path;
}

// The next of 1, 2, 2.5, 5 and 10 times a power of ten.
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((step) => step * power >= value);
  return step * power;
}

const LINES = 2;
const NARROWEST = 28;
// Of a figure in a label.
const FIGURE = 6.7;
const TOP = 8;
const BOTTOM = 18;

// A line over time. `zero`: the scale begins at 0 instead of at the lowest value.
export class Chart {
  #root = svg("svg", { "aria-hidden": "true", focusable: "false" });
  #grid = [];
  #area = svg("path", { class: "area" });
  #line = svg("path", { class: "line" });
  #last = svg("circle", { class: "last", r: "3" });
  #from = svg("text", { class: "label" });
  #to = svg("text", { class: "label", "text-anchor": "end" });
  #width = 0;
  #height = 0;
  #box;
  #title;
  #format;
  #zero;

  constructor(box, { title, format, zero, drawn }) {
    this.#box = box;
    this.#title = title;
    this.#format = format;
    this.#zero = zero;
    for (let line = 0; line <= LINES; line += 1) {
      const rule = svg("line", { class: "rule" });
      const label = svg("text", { class: "label", "text-anchor": "end" });
      this.#grid.push({ rule, label });
      this.#root.append(rule, label);
    }
    this.#root.append(this.#area, this.#line, this.#last, this.#from, this.#to);
    box.append(this.#root);
    new ResizeObserver(([{ contentRect }]) => {
      this.#width = contentRect.width;
      this.#height = contentRect.height;
      drawn();
    }).observe(box);
  }

  // `points` are `{ at, value }`, the oldest first; `from` and `to` are the ends of the time shown.
  draw(points, from, to, labels) {
    if (this.#width === 0) return;
    const seen = points.filter(({ at }) => at >= from);
    const empty = seen.length === 0;
    mark(this.#box, "aria-label", empty ? `${this.#title}: nothing yet` : this.#words(seen));
    const [low, high] = this.#scale(seen);
    const right = this.#width - 6;
    const bottom = this.#height - BOTTOM;
    const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - TOP);
    const left = this.#rules(low, high, y, right, empty);
    const x = (at) => left + ((at - from) / Math.max(1, to - from)) * (right - left);
    const path = seen
      .map(({ at, value }, index) => `${index === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`)
      .join("");
    mark(this.#line, "d", path);
    const last = seen.at(-1);
    const area = empty ? "" : `${path}L${x(last.at).toFixed(1)} ${bottom}L${x(seen[0].at).toFixed(1)} ${bottom}Z`;
    mark(this.#area, "d", area);
    mark(this.#last, "visibility", empty ? "hidden" : "visible");
    if (!empty) {
      mark(this.#last, "cx", x(last.at).toFixed(1));
      mark(this.#last, "cy", y(last.value).toFixed(1));
    }
    for (const [label, text, at] of [
      [this.#from, labels[0], left],
      [this.#to, labels[1], right],
    ]) {
      write(label, text);
      mark(label, "x", String(at));
      mark(label, "y", String(this.#height - 3));
    }
  }

  // What the line shows, for those who cannot see it.
  #words(seen) {
    const values = seen.map(({ value }) => value);
    const [last, low, high] = [values.at(-1), Math.min(...values), Math.max(...values)].map(this.#format);
    return `${this.#title}: ${last}; between ${low} and ${high}`;
  }

  #scale(seen) {
    const values = seen.map(({ value }) => value);
    if (values.length === 0) return [0, 1];
    const highest = Math.max(...values);
    if (this.#zero) return [0, round(Math.max(highest, 1))];
    const lowest = Math.min(...values);
    // A price that did not move is a line in the middle.
    const pad = (highest - lowest) * 0.1 || Math.abs(highest) * 0.001 || 1;
    return [lowest - pad, highest + pad];
  }

  // Gives where the scale ends and the line begins.
  #rules(low, high, y, right, empty) {
    const values = this.#grid.map((_, line) => low + ((high - low) * line) / LINES);
    const labels = values.map((value) => (empty ? "" : this.#format(value)));
    const longest = Math.max(...labels.map((label) => label.length));
    const left = Math.max(NARROWEST, longest * FIGURE + 8);
    this.#grid.forEach(({ rule, label }, line) => {
      const at = y(values[line]).toFixed(1);
      mark(rule, "x1", left.toFixed(1));
      mark(rule, "x2", String(right));
      mark(rule, "y1", at);
      mark(rule, "y2", at);
      mark(label, "x", (left - 8).toFixed(1));
      mark(label, "y", (Number(at) + 4).toFixed(1));
      write(label, labels[line]);
    });
    return left;
  }
}
