// Puts the parts together.

import { Activity } from "./activity.js";
import { Api } from "./api.js";
import { Panel } from "./bot.js";
import { byId, show } from "./dom.js";
import { Fleet } from "./fleet.js";
import { draw } from "./frame.js";
import { Live } from "./live.js";
import { Table } from "./table.js";
import * as token from "./token.js";
import { Top } from "./top.js";

const SECOND = 1000;

function start(known) {
  const api = new Api(known);
  const fleet = new Fleet();
  const refused = ({ message }) => token.ask(message);
  const drawAll = () => {
    for (const part of parts) draw(part.draw);
  };
  const live = new Live(api, fleet, drawAll, refused);
  const table = new Table(fleet, open);
  const closed = () => {
    table.opened(null);
    table.focus();
  };
  const panel = new Panel({ fleet, live, api, closed, refused });
  const activity = new Activity(fleet, (id) => fleet.bots.has(id) && open(fleet.bots.get(id), true));
  const parts = [new Top(fleet, live), table, activity, panel];

  function open(bot, focus) {
    panel.open(bot, focus);
    table.opened(bot);
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input");
    if (event.key !== "/" || typing || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    byId("filter").focus();
  });
  // Ages grow, whether or not anything happens.
  setInterval(() => {
    fleet.tick();
    drawAll();
  }, SECOND);
  show(byId("page"), true);
  live.start();
}

// A new address in the same tab.
addEventListener("hashchange", () => location.hash.startsWith("#token=") && location.reload());

const known = token.known();
if (known === null) token.ask("This page needs the token of the program that serves it.");
else start(known);
