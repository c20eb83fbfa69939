// The panel of one bot: beside the table, or over it where there is no room.

import { Chart } from "./chart.js";
import { Commands } from "./commands.js";
import { byId, element, mark, show, write } from "./dom.js";
import * as format from "./format.js";
import { draw } from "./frame.js";
import { Ring } from "./ring.js";
import { Stream } from "./stream.js";

const PRICES = 300;
const WINDOW = 60_000;
const TONES = { online: "good", away: "fair", gone: "none" };
const FACTS = [
  ["Heartbeat", (bot, now) => (bot.heartbeat === null ? format.NOTHING : format.age(now - bot.heartbeat))],
  ["Round trip", (bot) => format.milliseconds(bot.roundTrip)],
  ["CPU", (bot) => format.percent(bot.cpu)],
  ["Memory", (bot) => format.bytes(bot.memory)],
  ["Trades", (bot) => format.count(bot.trades)],
  ["Trades / s", (bot) => format.rate(bot.rate)],
];
const narrow = matchMedia("(max-width: 60rem)");

export class Panel {
  #fleet;
  #live;
  #closed;
  #root = byId("bot");
  #bot = null;
  #facts = [];
  #prices = new Ring(PRICES);
  #symbol = null;
  #chart;
  #stream = new Stream();
  #commands;
  #leave = () => {};

  // `closed` is called when nobody looks any more.
  constructor({ fleet, live, api, closed, refused }) {
    this.#fleet = fleet;
    this.#live = live;
    this.#closed = closed;
    this.#commands = new Commands(api, refused);
    const drawn = () => draw(this.draw);
    this.#chart = new Chart(byId("bot-prices"), { title: "Price of its trades, last minute", format: format.price, zero: false, drawn });
    for (const [title, value] of FACTS) {
      const shown = element("dd");
      byId("bot-facts").append(element("div", {}, element("dt", {}, title), shown));
      this.#facts.push({ shown, value });
    }
    byId("bot-close").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#bot !== null) this.close();
    });
    narrow.addEventListener("change", () => this.#place());
  }

  get bot() {
    return this.#bot;
  }

  open(bot, focus) {
    if (bot !== this.#bot) this.#look(bot);
    show(this.#root, true);
    show(byId("activity"), false);
    this.#place();
    if (focus || narrow.matches) byId("bot-title").focus();
    draw(this.draw);
  }

  close() {
    this.#look(null);
    show(this.#root, false);
    show(byId("activity"), true);
    this.#place();
    this.#closed();
  }

  draw = () => {
    const bot = this.#bot;
    if (bot === null) return;
    const now = this.#fleet.now();
    write(byId("bot-title"), bot.id);
    write(byId("bot-state"), `${bot.state} ${format.span(now - bot.since)}`);
    mark(byId("bot-state"), "data-tone", TONES[bot.state] ?? "none");
    for (const { shown, value } of this.#facts) write(shown, value(bot, now));
    this.#commands.draw();
    write(byId("bot-symbol"), this.#symbol === null ? "none yet" : `${this.#symbol}, last minute`);
    this.#chart.draw([...this.#prices], now - WINDOW, now, ["1 min ago", "now"]);
  };

  // The channels of the last bot are left at once; an answer that comes too late is for nobody.
  async #look(bot) {
    this.#leave();
    this.#leave = () => {};
    this.#bot = bot;
    this.#stream.clear();
    this.#prices.clear();
    this.#symbol = null;
    if (bot === null) return;
    this.#commands.of(bot);
    try {
      const leave = await this.#live.follow(bot.id, (publication) => this.#heard(bot, publication));
      if (bot === this.#bot) this.#leave = leave;
      else leave();
    } catch (error) {
      if (bot === this.#bot) this.#commands.failed("messages", error);
    }
  }

  #heard(bot, publication) {
    if (bot !== this.#bot) return;
    this.#stream.push(publication);
    const { trade, timestamp } = publication;
    if (publication.event_type !== "grpc_message_trade") return;
    // One scale has room for one symbol: that of the latest trade.
    if (trade.symbol !== this.#symbol) this.#prices.clear();
    this.#symbol = trade.symbol;
    this.#prices.push({ at: Date.parse(timestamp), value: trade.price ?? 0 });
  }

  // As a sheet it is all there is; beside the table it is one part of the page.
  #place() {
    const sheet = narrow.matches && this.#bot !== null;
    mark(this.#root, "role", sheet ? "dialog" : null);
    mark(this.#root, "aria-modal", sheet ? "true" : null);
    for (const part of [byId("top"), byId("bots")]) part.inert = sheet;
  }
}
