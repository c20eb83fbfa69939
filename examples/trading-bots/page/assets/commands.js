// What can be asked of the bot that is looked at, and what it answered.

import { byId, element, mark, write } from "./dom.js";
import * as format from "./format.js";

const ANSWERS = 5;

// An answer as one reads it; a schema comes as JSON in a string.
function readable(answer) {
  const { command_id: _, json, ...rest } = answer;
  if (json === undefined) return JSON.stringify(rest, null, 2);
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

export class Commands {
  #api;
  #refused;
  #bot = null;
  #line = byId("bot-line");

  // `refused` is called when another token is needed.
  constructor(api, refused) {
    this.#api = api;
    this.#refused = refused;
    byId("commands").addEventListener("submit", (event) => {
      event.preventDefault();
      const { target } = event;
      const fields = Object.fromEntries(new FormData(target));
      const { command } = target.dataset;
      const send = (id) => this.#api.command(id, command, fields);
      this.#ask(command, event.submitter, send);
    });
    this.#line.addEventListener("click", () => {
      const back = this.#bot.state !== "online";
      const send = (id) => (back ? this.#api.reconnect(id) : this.#api.disconnect(id));
      this.#ask(back ? "reconnect" : "disconnect", this.#line, send);
    });
  }

  of(bot) {
    this.#bot = bot;
    byId("answers").replaceChildren();
  }

  draw() {
    write(this.#line, this.#bot.state === "online" ? "Disconnect" : "Reconnect");
  }

  async #ask(what, button, send) {
    const bot = this.#bot;
    mark(button, "aria-busy", "true");
    try {
      const answer = await send(bot.id);
      if (bot === this.#bot) this.#answered(what, answer);
    } catch (error) {
      if (error.token) this.#refused(error);
      else if (bot === this.#bot) this.failed(what, error);
    } finally {
      mark(button, "aria-busy", null);
    }
  }

  #answered(what, answer) {
    const took = answer?.took;
    const how = took === undefined ? "done" : `answered in ${took < 1 ? "less than 1" : format.count(took)} ms`;
    const head = element("p", {}, element("b", {}, what), ` ${how}`);
    const entry = element("div", { class: "answer", "data-tone": "good" }, head);
    if (answer?.answer) entry.append(element("pre", { tabindex: "0", "aria-label": `Answer to ${what}` }, readable(answer.answer)));
    this.#show(entry, `${what} ${how}`);
  }

  failed(what, { status, message }) {
    const head = element("p", {}, element("b", {}, what), ` failed${status ? ` (${status})` : ""}`);
    this.#show(element("div", { class: "answer", "data-tone": "bad" }, head, element("p", {}, message)), `${what} failed: ${message}`);
  }

  #show(entry, said) {
    write(byId("answer-said"), said);
    const answers = byId("answers");
    answers.prepend(entry);
    while (answers.children.length > ANSWERS) answers.lastChild.remove();
  }
}
