// What is known of the bots, the hub and the publisher. All of it is bounded: what is older falls out.

import { Ring } from "./ring.js";

// Trades per second, a value per second: what a row's sparkline shows.
export const SPARK_SECONDS = 40;
// The window of the mean that is shown as a bot's rate.
const RATE_SECONDS = 5;
// What the chart can show at two values a second.
const RATES = 360;
const EVENTS = 100;

// Two overviews that are no further apart tell what happened between them.
const FOLLOWS = 5000;

// What an event would have said.
function passed(from, to) {
  if (from === to || to === "away") return null;
  if (to === "gone") return "left";
  return from === "away" ? "resumed" : "connected";
}

class Bot {
  rates = new Ring(SPARK_SECONDS);
  // Of the last seconds; `null` until there was one.
  rate = null;
  #counted = null;

  constructor(id) {
    this.id = id;
    this.name = id.toLowerCase();
  }

  take(told) {
    // Both come over two ways, and may overtake each other.
    if (told.since < this.since) return;
    this.state = told.state;
    this.since = told.since;
    this.heartbeat = told.heartbeat;
    this.cpu = told.cpu;
    this.memory = told.memory;
    this.roundTrip = told.round_trip;
    this.trades = told.trades;
    this.lastTrade = told.last_trade;
  }

  tick() {
    // A bot whose count begins anew has made that many since.
    const made = this.#counted === null ? 0 : this.trades - this.#counted;
    this.#counted = this.trades;
    this.rates.push(made < 0 ? this.trades : made);
    const over = Math.min(RATE_SECONDS, this.rates.length);
    let sum = 0;
    for (let back = 1; back <= over; back += 1) sum += this.rates.at(-back);
    this.rate = sum / over;
  }
}

export class Fleet {
  bots = new Map();
  hub = {};
  publisher = {};
  // `{ at, rate }`, messages per second.
  rates = new Ring(RATES);
  events = new Ring(EVENTS);
  // Grows with each event.
  happened = 0;
  // Grows when bots come to be known or are forgotten.
  roster = 0;
  counts = { online: 0, away: 0, gone: 0 };
  ticks = 0;
  #skew = 0;
  // When the last overview was from.
  #polled = 0;

  // Now, by the server's clock.
  now() {
    return Date.now() + this.#skew;
  }

  // All there is. Told by polling, it also has to serve for what happened in between.
  replace(overview, polled) {
    this.#skew = overview.now - Date.now();
    const told = new Set(overview.bots.map((bot) => bot.id));
    for (const id of [...this.bots.keys()]) {
      if (told.has(id)) continue;
      this.bots.delete(id);
      this.roster += 1;
    }
    const since = overview.now - this.#polled;
    const follows = polled && since > 0 && since < FOLLOWS;
    let messages = 0;
    for (const bot of overview.bots) {
      const known = this.bots.get(bot.id);
      if (follows) {
        messages += Math.max(0, bot.trades - (known?.trades ?? 0)) + Number(bot.heartbeat !== known?.heartbeat);
        const what = passed(known?.state, bot.state);
        if (what) this.#happen({ at: bot.since, bot: bot.id, what, why: "seen by polling" });
      }
      this.#take(bot);
    }
    this.#figures(overview);
    if (follows) this.rates.push({ at: overview.now, rate: (messages * 1000) / since });
    this.#polled = overview.now;
  }

  // What is new.
  change(publication) {
    this.#skew = publication.now - Date.now();
    for (const bot of publication.changed) this.#take(bot);
    for (const event of publication.events) this.#happen(event);
    this.#figures(publication);
    this.rates.push({ at: publication.now, rate: publication.rate });
  }

  // Once a second.
  tick() {
    this.ticks += 1;
    for (const bot of this.bots.values()) bot.tick();
  }

  #take(told) {
    let bot = this.bots.get(told.id);
    if (bot === undefined) {
      bot = new Bot(told.id);
      this.bots.set(told.id, bot);
      this.roster += 1;
    }
    bot.take(told);
  }

  #happen(event) {
    this.events.push(event);
    this.happened += 1;
  }

  #figures({ hub, publisher }) {
    this.hub = hub ?? this.hub;
    this.publisher = publisher ?? this.publisher;
    const counts = { online: 0, away: 0, gone: 0 };
    for (const bot of this.bots.values()) counts[bot.state] += 1;
    this.counts = counts;
  }
}
