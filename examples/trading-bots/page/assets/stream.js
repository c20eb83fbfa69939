// The stream of one bot: its messages and commands as they go by, the latest first.

import { byId, element, mark, show, write } from "./dom.js";
import * as format from "./format.js";
import { draw } from "./frame.js";
import { Ring } from "./ring.js";

const KEPT = 400;
const ROWS = 80;
// A bot may say much; here it is looked at in passing.
const LONGEST = 300;
const KINDS = [
  { name: "Trades", of: ["trade"], shown: true },
  { name: "Heartbeats", of: ["heartbeat"], shown: true },
  { name: "Pings", of: ["ping", "pong"], shown: false },
  { name: "Commands", of: null, shown: true },
];

function kind(variant) {
  return KINDS.find(({ of }) => of === null || of.includes(variant));
}

// In a line; fields at their default are left out of the JSON.
function summary(variant, payload) {
  if (variant === "trade") return format.trade({ symbol: "?", ...payload });
  if (variant === "heartbeat") {
    return `cpu ${format.percent(payload.cpu ?? 0)}, ${format.bytes(Number(payload.memory_bytes ?? 0))}`;
  }
  const { command_id: _, json: schema, ...rest } = payload;
  const json = schema ?? JSON.stringify(rest);
  if (json === "{}") return "";
  return json.length > LONGEST ? `${json.slice(0, LONGEST)}…` : json;
}

export class Stream {
  #kept = new Ring(KEPT);
  #rows = [];
  #paused = false;

  constructor() {
    for (const kind of KINDS) {
      const box = element("input", { type: "checkbox" });
      box.checked = kind.shown;
      box.addEventListener("change", () => {
        kind.shown = box.checked;
        draw(this.draw);
      });
      byId("kinds").append(element("label", {}, box, element("span", {}, kind.name)));
    }
    const pause = byId("pause");
    pause.addEventListener("click", () => {
      this.#paused = !this.#paused;
      mark(pause, "aria-pressed", String(this.#paused));
      write(pause, this.#paused ? "Go on" : "Pause");
      draw(this.draw);
    });
  }

  clear() {
    this.#kept.clear();
    draw(this.draw);
  }

  // A publication: the whole message, with `event_type` and `timestamp` beside its fields.
  push(publication) {
    const [, from, variant] = /^grpc_(message|command)_(.*)$/.exec(publication.event_type) ?? [];
    if (variant === undefined || this.#paused) return;
    const at = Date.parse(publication.timestamp);
    const text = summary(variant, publication[variant] ?? {});
    this.#kept.push({ at, from, variant, text, kind: kind(variant) });
    draw(this.draw);
  }

  draw = () => {
    let row = 0;
    for (let back = 1; back <= this.#kept.length && row < ROWS; back += 1) {
      const entry = this.#kept.at(-back);
      if (!entry.kind.shown) continue;
      this.#row(row, entry);
      row += 1;
    }
    for (let rest = row; rest < this.#rows.length; rest += 1) show(this.#rows[rest].root, false);
  };

  #row(number, { at, from, variant, text }) {
    let row = this.#rows[number];
    if (row === undefined) {
      row = {
        root: element("li"),
        at: element("time"),
        way: element("span", { class: "way" }),
        variant: element("span", { class: "variant" }),
        text: element("span", { class: "text" }),
      };
      row.root.append(row.at, row.way, row.variant, row.text);
      this.#rows.push(row);
      byId("stream").append(row.root);
    }
    mark(row.root, "data-from", from);
    write(row.at, format.time(at));
    write(row.way, from === "command" ? "↓" : "↑");
    mark(row.way, "title", from === "command" ? "to the bot" : "from the bot");
    write(row.variant, variant);
    write(row.text, text);
    show(row.root, true);
  }
}
