/* Keys: a control with data-key="a" is pressed by that key; the dialog behind "?" lists what the page has. */
import { openDialog } from "./overlays.js";

export function typing(target) {
  return target instanceof HTMLElement &&
    (target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName) ||
      (target.tagName === "INPUT" && !["checkbox", "radio", "button", "submit"].includes(target.type)));
}

export function busy() {
  return document.querySelector("dialog[open], [popover]:popover-open") !== null;
}

function usable(control) {
  return !control.disabled && control.getClientRects().length > 0;
}

function listKeys() {
  const list = document.querySelector("[data-keys-of-page]");
  for (const old of list.querySelectorAll("[data-made]")) old.remove();
  const seen = new Set();
  for (const control of [...document.querySelectorAll("[data-key]")].reverse()) {
    if (!usable(control) || seen.has(control.dataset.key)) continue;
    seen.add(control.dataset.key);
    const row = document.createElement("div");
    row.dataset.made = "";
    const label = document.createElement("span");
    label.textContent = control.dataset.keyLabel || control.firstChild.textContent.trim();
    const key = document.createElement("kbd");
    key.textContent = control.dataset.key.toUpperCase();
    row.append(label, key);
    list.prepend(row);
  }
  document.querySelector("[data-keys-of-grid]").hidden = !document.querySelector("[data-grid]");
}

export function startKeys() {
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-open="#keys-dialog"]')) listKeys();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
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
      listKeys();
      openDialog("#keys-dialog");
    } else {
      const control = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)].find(usable);
      if (!control || event.shiftKey) return;
      event.preventDefault();
      control.click();
    }
  });
}
