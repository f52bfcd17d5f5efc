/* Keys: a control with data-key="a" is pressed by that key, one with data-pick="1" in the open dialog by its digit;
   the help behind "?" and F1 lists what the page has. */
import { awaited } from "./patience.js";

const OPEN_HELP = "help";

export function typing(target) {
  return target instanceof HTMLElement &&
    (target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName) ||
      (target.tagName === "INPUT" && !["checkbox", "radio", "button", "submit"].includes(target.type)));
}

/* Whether something lies above the page that takes the keys; the help stands beside the work and takes none. */
export function busy() {
  return document.querySelector("dialog[open], [popover]:popover-open:not(#help)") !== null || awaited();
}

function shown(element) {
  return element !== null && element.getClientRects().length > 0;
}

function usable(control) {
  if (control.disabled) return false;
  // What lies in a closed menu is as near as the button that opens it.
  const menu = control.closest("[popover]");
  return shown(control) || (menu !== null && shown(document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`)));
}

/* The controls that a key presses now, the first of each key. */
function keyed() {
  const found = new Map();
  for (const control of document.querySelectorAll("[data-key]")) {
    if (usable(control) && !found.has(control.dataset.key)) found.set(control.dataset.key, control);
  }
  return found;
}

function labelOf(control) {
  const words = [...control.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent);
  return control.dataset.keyLabel || words.join("").trim();
}

/* A key as it is printed on a keyboard. */
export function keyName(key) {
  return { arrowleft: "←", arrowright: "→" }[key] ?? key.toUpperCase();
}

/* What this page offers now, each with its key. */
export function actions() {
  return [...keyed()].map(([key, control]) => ({ key, control, label: labelOf(control) }));
}

function listKeys() {
  const list = document.querySelector("[data-keys-of-page]");
  for (const old of list.querySelectorAll("[data-made]")) old.remove();
  for (const action of actions().reverse()) {
    const row = document.createElement("div");
    row.dataset.made = "";
    const label = document.createElement("span");
    label.textContent = action.label;
    const key = document.createElement("kbd");
    key.textContent = keyName(action.key);
    row.append(label, key);
    list.prepend(row);
  }
  document.querySelector("[data-keys-of-grid]").hidden = !document.querySelector("[data-grid]");
}

function startHelp() {
  const help = document.getElementById("help");
  help.addEventListener("beforetoggle", (event) => { if (event.newState === "open") listKeys(); });
  // Who reads the help while they learn a page wants it on the next page too, in this window.
  help.addEventListener("toggle", (event) => { sessionStorage.setItem(OPEN_HELP, event.newState); });
  if (sessionStorage.getItem(OPEN_HELP) === "open") help.showPopover();
  return help;
}

export function startKeys() {
  const help = startHelp();
  document.addEventListener("keydown", (event) => {
    if (event.key === "F1" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      if (!busy()) help.togglePopover();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const pick = document.querySelector(`dialog[open] [data-pick="${CSS.escape(event.key)}"]`);
    if (pick && usable(pick)) {
      event.preventDefault();
      if (pick.matches("input")) pick.focus();
      else if (!event.repeat) pick.click();
      return;
    }
    if (busy()) return;
    if (event.key === "/") {
      event.preventDefault();
      const field = document.querySelector("[data-search]");
      field.focus();
      field.select();
    } else if (event.key === "?") {
      event.preventDefault();
      help.togglePopover();
    } else if (event.key === "Escape" && help.matches(":popover-open")) {
      event.preventDefault();
      help.hidePopover();
    } else {
      const control = keyed().get(event.key.toLowerCase());
      if (!control || event.shiftKey) return;
      event.preventDefault();
      // A finger that stays on the key, and one that is impatient, want it once.
      if (!event.repeat && !control.matches(".htmx-request")) control.click();
    }
  });
}
