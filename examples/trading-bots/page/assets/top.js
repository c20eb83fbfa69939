// The head of the page: what one looks at from across the room.

import { byId, mark, write } from "./dom.js";
import * as format from "./format.js";

const CONNECTIONS = {
  connecting: ["connecting", "none", ""],
  live: ["live", "good", ""],
  polling: ["polling", "fair", "Nothing comes from Centrifugo. The figures are asked for each second; messages of bots come when it is back."],
  offline: ["offline", "bad", "The server does not answer. What you see is what it said last; the page tries again each second."],
};
const BREAKERS = { closed: "good", half_open: "fair", open: "bad" };

export class Top {
  #fleet;
  #live;

  constructor(fleet, live) {
    this.#fleet = fleet;
    this.#live = live;
  }

  draw = () => {
    const { counts, bots, publisher, rates } = this.#fleet;
    write(byId("online"), format.count(counts.online));
    write(byId("known"), `of ${format.count(bots.size)}`);
    const latest = rates.at(-1);
    // The mean of what came in the last two seconds: single values jump.
    const recent = [...rates].filter(({ at }) => latest.at - at < 2000);
    const sum = recent.reduce((sum, { rate }) => sum + rate, 0);
    write(byId("rate"), latest === undefined ? format.NOTHING : format.count(sum / recent.length));
    const { breaker } = publisher;
    if (breaker !== undefined) {
      write(byId("breaker"), breaker.replace("_", " "));
      mark(byId("breaker"), "data-tone", BREAKERS[breaker] ?? "none");
    }
    const [word, tone, notice] = CONNECTIONS[this.#live.state];
    write(byId("connection"), word);
    mark(byId("connection"), "data-tone", tone);
    write(byId("notice"), notice);
    mark(byId("notice"), "data-tone", tone);
  };
}
