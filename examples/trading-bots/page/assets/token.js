// The token of the API: from the address, from this tab's storage, or from the form.

import { byId, show, write } from "./dom.js";

const KEY = "trading-bots-token";

export function known() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    sessionStorage.setItem(KEY, given);
    // Out of the address bar, and of the history.
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY);
}

// Asks for one. The page starts anew with it.
export function ask(why) {
  sessionStorage.removeItem(KEY);
  const form = byId("sign-in");
  show(form, true);
  show(byId("page"), false);
  write(byId("sign-in-why"), why);
  const field = byId("token");
  field.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEY, field.value.trim());
    location.reload();
  });
}
