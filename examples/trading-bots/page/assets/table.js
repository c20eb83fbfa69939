// The table of bots. Of its rows only those exist that can be seen, and of these only cells that changed are touched:
// five hundred bots cost as much as forty.

import { sparkPath } from "./chart.js";
import { byId, element, mark, show, svg, write } from "./dom.js";
import { SPARK_SECONDS } from "./fleet.js";
import * as format from "./format.js";
import { draw } from "./frame.js";

const SPARE_ROWS = 4;
const SPARK = { width: 72, height: 20 };
// Rows that are sorted by what moves keep their places for so long, or nobody could point at one.
const SETTLED = 2000;
const STATES = ["online", "away", "gone"];

// `falls`: the largest is of interest, and comes first.
const COLUMNS = [
  { key: "id", title: "Bot", value: (bot) => bot.name },
  { key: "state", title: "State", value: (bot) => STATES.indexOf(bot.state) },
  { key: "heartbeat", title: "Heartbeat", falls: true, value: (bot) => bot.heartbeat ?? 0 },
  { key: "trip", title: "Round trip", value: (bot) => bot.roundTrip ?? Infinity },
  { key: "cpu", title: "CPU", falls: true, value: (bot) => bot.cpu },
  { key: "memory", title: "Memory", falls: true, value: (bot) => bot.memory },
  { key: "trades", title: "Trades", falls: true, value: (bot) => bot.trades },
  { key: "rate", title: "Trades / s", falls: true, value: (bot) => bot.rate ?? 0 },
  { key: "last", title: "Last trade", value: (bot) => bot.lastTrade?.symbol ?? "" },
];
const NAMES = new Intl.Collator("en", { numeric: true });

class Row {
  cells = {};
  bot = null;

  constructor(slot) {
    this.root = element("div", { role: "row", id: `row-${slot}`, class: "row" });
    for (const [at, { key }] of COLUMNS.entries()) {
      const cell = element("div", { role: "gridcell", class: `cell ${key}`, "aria-colindex": String(at + 1) });
      this.cells[key] = cell;
      this.root.append(cell);
    }
    this.name = element("span", { class: "name" });
    this.glyph = element("span", { class: "glyph", "aria-hidden": "true" });
    this.cells.id.append(this.glyph, this.name);
    this.state = element("span", { class: "state-name" });
    this.since = element("span", { class: "since" });
    this.cells.state.append(this.state, " ", this.since);
    this.bar = svg("svg", { class: "bar", viewBox: "0 0 40 4", "aria-hidden": "true" });
    this.level = svg("rect", { class: "level", height: "4", rx: "2", width: "0" });
    this.bar.append(svg("rect", { class: "full", width: "40", height: "4", rx: "2" }), this.level);
    this.cpu = element("span");
    this.cells.cpu.append(this.bar, this.cpu);
    const { width, height } = SPARK;
    const spark = svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    this.spark = svg("path");
    spark.append(this.spark);
    this.rate = element("span");
    this.cells.rate.append(spark, this.rate);
  }

  draw(bot, index, top, now, ticks) {
    const moved = this.bot !== bot;
    this.bot = bot;
    mark(this.root, "aria-rowindex", String(index + 2));
    if (this.top !== top) {
      this.top = top;
      this.root.style.transform = `translateY(${top}px)`;
    }
    mark(this.root, "data-state", bot.state);
    write(this.name, bot.id);
    if (moved) this.cells.id.title = bot.id;
    write(this.state, bot.state);
    write(this.since, format.span(now - bot.since));
    write(this.cells.heartbeat, bot.heartbeat === null ? format.NOTHING : format.age(now - bot.heartbeat));
    write(this.cells.trip, format.milliseconds(bot.roundTrip));
    mark(this.level, "width", (Math.min(1, bot.cpu) * 40).toFixed(0));
    write(this.cpu, format.percent(bot.cpu));
    write(this.cells.memory, format.bytes(bot.memory));
    write(this.cells.trades, format.count(bot.trades));
    write(this.rate, format.rate(bot.rate));
    const { width, height } = SPARK;
    if (moved || this.ticks !== ticks) mark(this.spark, "d", sparkPath([...bot.rates], SPARK_SECONDS, width, height));
    this.ticks = ticks;
    write(this.cells.last, format.trade(bot.lastTrade));
  }
}

export class Table {
  #fleet;
  #open;
  #grid = byId("grid");
  #rows = byId("rows");
  #pool = [];
  #shown = [];
  #height = 36;
  #active = null;
  #opened = null;
  #sort = { column: COLUMNS[0], turned: false };
  #search = "";
  #state = "";
  #order = { at: 0, roster: -1, counts: "" };

  // `open` is called with the bot that somebody wants to see.
  constructor(fleet, open) {
    this.#fleet = fleet;
    this.#open = open;
    this.#head();
    this.#grid.addEventListener("scroll", () => draw(this.draw), { passive: true });
    this.#grid.addEventListener("keydown", (event) => this.#key(event));
    this.#rows.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#measure()).observe(this.#grid);
    const filter = byId("filter");
    filter.addEventListener("input", () => {
      this.#search = filter.value.trim().toLowerCase();
      this.#narrow();
    });
    filter.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      this.focus();
    });
    byId("states").addEventListener("change", (event) => {
      this.#state = event.target.value;
      this.#narrow();
    });
  }

  focus() {
    this.#grid.focus({ preventScroll: true });
    if (this.#active === null && this.#shown.length > 0) this.#go(0);
  }

  // Which bot the panel shows; `null` for none.
  opened(bot) {
    this.#opened = bot;
    if (bot !== null) this.#active = bot;
    draw(this.draw);
  }

  draw = () => {
    const now = this.#fleet.now();
    this.#arrange();
    const first = Math.max(0, Math.floor(this.#grid.scrollTop / this.#height) - SPARE_ROWS);
    const room = Math.ceil(this.#grid.clientHeight / this.#height) + 2 * SPARE_ROWS;
    const last = Math.min(this.#shown.length, first + room);
    while (this.#pool.length < room) {
      const row = new Row(this.#pool.length);
      this.#pool.push(row);
      this.#rows.append(row.root);
    }
    const size = this.#pool.length;
    const used = new Set();
    let active = null;
    for (let index = first; index < last; index += 1) {
      // A row keeps its slot while it scrolls by.
      const row = this.#pool[index % size];
      const bot = this.#shown[index];
      used.add(row);
      row.draw(bot, index, index * this.#height, now, this.#fleet.ticks);
      if (bot === this.#active) active = row.root.id;
      mark(row.root, "aria-selected", String(bot === this.#opened));
      row.root.classList.toggle("active", bot === this.#active);
    }
    for (const row of this.#pool) show(row.root, used.has(row));
    mark(this.#grid, "aria-activedescendant", active);
    this.#counts();
  };

  #counts() {
    const { counts, bots } = this.#fleet;
    write(byId("count-all"), format.count(bots.size));
    for (const state of STATES) write(byId(`count-${state}`), format.count(counts[state]));
  }

  // Filters and sorts, where that may have another result.
  #arrange() {
    const { bots, counts, roster } = this.#fleet;
    const now = performance.now();
    const { column, turned } = this.#sort;
    const known = Object.values(counts).join();
    const moves = column.key !== "id" && now - this.#order.at > SETTLED;
    const narrowed = this.#state !== "" && known !== this.#order.counts;
    if (roster === this.#order.roster && !moves && !narrowed) return;
    this.#order = { at: now, roster, counts: known };
    const shown = [];
    for (const bot of bots.values()) {
      if (this.#state !== "" && bot.state !== this.#state) continue;
      if (this.#search === "" || bot.name.includes(this.#search)) shown.push(bot);
    }
    const { value, falls = false } = column;
    const way = falls === turned ? 1 : -1;
    shown.sort((a, b) => {
      const [one, other] = [value(a), value(b)];
      const by = typeof one === "string" ? NAMES.compare(one, other) : one < other ? -1 : Number(one > other);
      return by * way || NAMES.compare(a.name, b.name);
    });
    this.#shown = shown;
    mark(this.#grid, "aria-rowcount", String(shown.length + 1));
    this.#rows.style.height = `${shown.length * this.#height}px`;
    const none = byId("none");
    show(none, shown.length === 0);
    const nobody = "No bots yet. They appear when they connect.";
    write(none, bots.size === 0 ? nobody : "No bot matches. Clear the search, or choose another state.");
  }

  #narrow() {
    this.#order.roster = -1;
    this.#grid.scrollTop = 0;
    draw(this.draw);
  }

  #head() {
    mark(this.#grid, "aria-colcount", String(COLUMNS.length));
    for (const [at, column] of COLUMNS.entries()) {
      const button = element("button", { type: "button", tabindex: "-1" }, column.title);
      const attributes = { role: "columnheader", class: `cell ${column.key}`, "aria-colindex": String(at + 1) };
      const cell = element("div", attributes, button);
      column.cell = cell;
      button.addEventListener("click", () => {
        this.#sort = { column, turned: this.#sort.column === column && !this.#sort.turned };
        this.#sorted();
        this.#narrow();
      });
      byId("head").append(cell);
    }
    // With the others by the arrow keys, the heads are one stop for the Tab key.
    byId("head").addEventListener("keydown", (event) => this.#headKey(event));
    this.#sorted();
  }

  #sorted() {
    for (const column of COLUMNS) {
      const here = column === this.#sort.column;
      const way = (column.falls ?? false) === this.#sort.turned ? "ascending" : "descending";
      mark(column.cell, "aria-sort", here ? way : null);
      mark(column.cell.firstChild, "tabindex", here ? "0" : "-1");
    }
  }

  #headKey(event) {
    event.stopPropagation();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "ArrowDown") this.focus();
    if (step === undefined && event.key !== "ArrowDown") return;
    event.preventDefault();
    const heads = COLUMNS.map(({ cell }) => cell.firstChild).filter((button) => button.offsetParent !== null);
    heads[heads.indexOf(document.activeElement) + (step ?? 0)]?.focus();
  }

  #measure() {
    const height = Number.parseFloat(getComputedStyle(this.#grid).getPropertyValue("--row"));
    if (height !== this.#height) {
      this.#height = height;
      this.#order.roster = -1;
    }
    draw(this.draw);
  }

  #key(event) {
    if (event.target !== this.#grid || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.#grid.clientHeight / this.#height) - 2);
    const at = this.#shown.indexOf(this.#active);
    const to = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      PageUp: at - page,
      PageDown: at + page,
      Home: 0,
      End: this.#shown.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#go(to);
    } else if ((event.key === "Enter" || event.key === " ") && at >= 0) {
      event.preventDefault();
      this.#open(this.#active, true);
    }
  }

  #go(index) {
    if (this.#shown.length === 0) return;
    const at = Math.min(this.#shown.length - 1, Math.max(0, index));
    this.#active = this.#shown[at];
    const head = byId("head").offsetHeight;
    const top = at * this.#height;
    const room = this.#grid.clientHeight - head - this.#height;
    if (top < this.#grid.scrollTop) this.#grid.scrollTop = top;
    else if (top > this.#grid.scrollTop + room) this.#grid.scrollTop = top - room;
    draw(this.draw);
  }

  #click(event) {
    const root = event.target.closest(".row");
    const row = this.#pool.find((row) => row.root === root);
    if (row === undefined) return;
    this.#grid.focus({ preventScroll: true });
    this.#active = row.bot;
    this.#open(row.bot, false);
  }
}
