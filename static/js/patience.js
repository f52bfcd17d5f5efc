/* A slow answer. What changes something is asked for once: pressed again while it, or the list it changes, is still under way, it would
   come too late for what its hand saw. */
function underWay(pressed) {
  if (pressed.closest(".htmx-request")) return true;
  const list = pressed.closest("[data-batch]")?.dataset.batch;
  if (!list) return false;
  // Another change of the same rows is on its way, or the rows themselves are.
  const others = `[data-batch="${list}"]`;
  return document.querySelector(`${list} > .htmx-request, ${others}.htmx-request, ${others} .htmx-request[hx-post]`) !== null;
}

function hold(event) {
  const pressed = event.target.closest?.(event.type === "submit" ? "form[hx-post]" : "button[hx-post]");
  if (!pressed || !underWay(pressed)) return;
  event.stopImmediatePropagation();
  event.preventDefault();
}

/* Whether a dialog is on its way: what is typed meanwhile is meant for it, and not for the keys of the page behind. */
export function awaited() {
  const asked = [...document.querySelectorAll(".htmx-request[hx-target^='#']")];
  return asked.some((one) => document.querySelector(one.getAttribute("hx-target"))?.closest("dialog"));
}

/* Ask the server as htmx does. What fails is told by htmx's events, not by a promise that nobody keeps. */
export function ask(verb, url, context) {
  window.htmx.ajax(verb, url, context).catch(() => undefined);
}

/* Load a part of the page: an answer still under way to the same place is not waited for, and never comes after this one. */
export function load(url, place) {
  if (!place?.isConnected) return;
  window.htmx.trigger(place, "htmx:abort");
  ask("GET", url, { source: place, target: place, swap: "innerHTML" });
}

export function startPatience() {
  // Before htmx hears of it.
  document.addEventListener("click", hold, true);
  document.addEventListener("submit", hold, true);
}
