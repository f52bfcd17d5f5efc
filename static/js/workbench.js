/* The workbench's dialogs: the menu of conditions narrowed by typing, rows removed, one preset of several. */
import { ask } from "./patience.js";

function narrow(box) {
  const wanted = box.value.trim().toLowerCase();
  const menu = box.closest("[data-narrowed]");
  let first = null;
  for (const button of menu.querySelectorAll("button")) {
    button.hidden = !button.textContent.toLowerCase().includes(wanted);
    button.classList.remove("first");
    if (!button.hidden && !first) first = button;
  }
  for (const section of menu.querySelectorAll("section")) section.hidden = !section.querySelector("button:not([hidden])");
  if (wanted && first) first.classList.add("first");
  return wanted ? first : null;
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-narrow]")) narrow(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  if (event.target.matches("[data-narrow]")) {
    // The first condition that fits is taken; the box is free for the next.
    event.preventDefault();
    narrow(event.target)?.click();
    event.target.value = "";
    narrow(event.target);
  } else if (event.target.matches("[type=search][hx-get]") && !event.ctrlKey && !event.metaKey) {
    // Typing to find a value is not done with the form yet.
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  const part = button.closest(button.dataset.remove);
  const next = part.nextElementSibling?.querySelector("select, input:not([type=hidden])") ?? document.querySelector("[data-narrow]");
  part.remove();
  next?.focus();
});

document.addEventListener("change", (event) => {
  const one = event.target.dataset?.one;
  const row = event.target.closest("fieldset");
  if (one && event.target.checked) {
    for (const other of row.querySelectorAll(`[data-one="${one}"]`)) if (other !== event.target) other.checked = false;
    for (const day of row.querySelectorAll("input.day")) day.value = "";
  } else if (row && event.target.matches("input.day")) {
    for (const preset of row.querySelectorAll("[data-one]")) preset.checked = false;
  }
});

/* A menu below its button: the current line is in focus, and the arrow keys walk through it. */
document.addEventListener("toggle", (event) => {
  if (event.newState !== "open" || !event.target.matches(".menu.below")) return;
  (event.target.querySelector("[aria-pressed=true]") ?? event.target.querySelector("a, button"))?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu.below");
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !by) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("a, button")];
  items[(items.indexOf(event.target) + by + items.length) % items.length].focus();
});

/* Columns: alt and the arrows, or the buttons, move one in the dialog; the border of a head is dragged. */
function shift(item, by) {
  const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  const focused = document.activeElement;
  if (by < 0) other.before(item); else other.after(item);
  focused?.focus();
  item.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const item = event.altKey && by && event.target.closest?.("[data-sortable] li");
  if (!item) return;
  event.preventDefault();
  shift(item, by);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-shift]");
  if (button) shift(button.closest("li"), Number(button.dataset.shift));
});

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip) return;
  event.preventDefault();
  const head = grip.closest("th");
  const before = head.offsetWidth;
  const table = head.closest("table");
  const whole = table.offsetWidth;
  const start = event.clientX;
  let width = before;
  grip.setPointerCapture(event.pointerId);
  grip.classList.add("held");
  const move = (moved) => {
    width = Math.max(40, Math.min(600, before + moved.clientX - start));
    head.style.width = `${width}px`;
    table.style.width = `${whole + width - before}px`;
  };
  const done = () => {
    grip.classList.remove("held");
    grip.removeEventListener("pointermove", move);
    if (width === before) return;
    const stage = document.querySelector(".filters [name=stage]")?.value ?? "open";
    ask("POST", document.querySelector("[data-size-url]").dataset.sizeUrl,
      { source: "#orders", swap: "none", values: { name: head.dataset.column, width: Math.round(width), stage } });
  };
  grip.addEventListener("pointermove", move);
  grip.addEventListener("pointerup", done, { once: true });
  grip.addEventListener("pointercancel", done, { once: true });
});

document.body.addEventListener("oms:columns", (event) => {
  const link = document.getElementById("columns-css");
  link.addEventListener("load", () => {
    for (const node of document.querySelectorAll("#orders table, #orders th")) node.style.width = "";
  }, { once: true });
  link.href = event.detail.href;
});
