// What goes on as a whole: the rate of messages, the figures of hub and publisher, who comes and goes.

import { Chart } from "./chart.js";
import { byId, element, mark, show, write } from "./dom.js";
import * as format from "./format.js";
import { draw } from "./frame.js";

const WINDOW = 180_000;
// Values that a point of the line is the mean of.
const SMOOTH = 4;
// Screen readers hear of connects and disconnects at most so often.
const SAY = 10_000;

const FIGURES = [
  ["Streams", ({ hub }) => hub.total_connections],
  ["Published", ({ publisher }) => publisher.published],
  ["Away", ({ hub }) => hub.away],
  ["Queued", ({ publisher }) => publisher.queued],
  ["Queued commands", ({ hub }) => hub.queued_commands],
  ["Unconfirmed", ({ publisher }) => publisher.unconfirmed],
  ["Open requests", ({ hub }) => hub.pending_requests],
  ["Dropped", ({ publisher }) => publisher.dropped],
];

// Half a second is too short for a rate: bots that beat together would make it jump.
function mean(rates, index) {
  const over = Math.min(index + 1, SMOOTH);
  let sum = 0;
  for (let back = 0; back < over; back += 1) sum += rates[index - back].rate;
  return sum / over;
}

export class Activity {
  #fleet;
  #open;
  #chart;
  #figures = [];
  #entries = [];
  #happened = 0;
  #said = 0;

  // `open` is called with the id of a bot that somebody wants to see.
  constructor(fleet, open) {
    this.#fleet = fleet;
    this.#open = open;
    const drawn = () => draw(this.draw);
    this.#chart = new Chart(byId("rates"), { title: "Messages per second, 3 minutes", format: format.count, zero: true, drawn });
    for (const [title, value] of FIGURES) {
      const shown = element("dd");
      byId("figures").append(element("div", {}, element("dt", {}, title), shown));
      this.#figures.push({ shown, value });
    }
    byId("log").addEventListener("click", (event) => {
      const entry = this.#entries.find(({ name }) => name === event.target);
      if (entry !== undefined) this.#open(entry.bot);
    });
  }

  draw = () => {
    const fleet = this.#fleet;
    for (const { shown, value } of this.#figures) write(shown, format.count(value(fleet)));
    const trouble = byId("last-error");
    const { breaker, last_error: error } = fleet.publisher;
    const troubled = breaker !== undefined && breaker !== "closed" && Boolean(error);
    show(trouble, troubled);
    write(trouble, troubled ? error : "");
    const now = fleet.now();
    const rates = [...fleet.rates];
    const points = rates.map(({ at }, index) => ({ at, value: mean(rates, index) }));
    this.#chart.draw(points, now - WINDOW, now, ["3 min ago", "now"]);
    if (this.#happened !== fleet.happened) this.#log();
  };

  #log() {
    const { events, happened } = this.#fleet;
    show(byId("log-none"), false);
    const fresh = happened - this.#happened;
    this.#happened = happened;
    while (this.#entries.length < events.length) {
      const entry = {
        root: element("li"),
        at: element("time"),
        name: element("button", { type: "button", class: "link" }),
        what: element("span", { class: "what" }),
      };
      entry.root.append(entry.at, entry.name, entry.what);
      this.#entries.push(entry);
      byId("log").append(entry.root);
    }
    this.#entries.forEach((entry, back) => {
      const { at, bot, what, why } = events.at(-1 - back);
      entry.bot = bot;
      mark(entry.root, "data-what", what);
      write(entry.at, format.time(at));
      write(entry.name, bot);
      write(entry.what, why === "" ? what : `${what}: ${why}`);
    });
    this.#say(fresh);
  }

  #say(fresh) {
    const now = performance.now();
    if (now - this.#said < SAY) return;
    this.#said = now;
    const { bot, what } = this.#fleet.events.at(-1);
    write(byId("log-said"), fresh > 1 ? `${fresh} connects and disconnects` : `${bot} ${what}`);
  }
}
