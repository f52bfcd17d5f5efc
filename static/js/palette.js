/* Ctrl K: where the person was lately, the actions of this page, pages, views, or a search for what was typed. */
import { actions, busy, keyName } from "./keys.js";
import { initials } from "./pinyin.js";

const LATELY = 5;
const BEST = 4;

/* Where the person was lately, in this browser: addresses and titles, nothing of what a page shows. */
function lately(dialog) {
  const key = `lately-${dialog.dataset.person}`;
  let kept = [];
  try { kept = JSON.parse(localStorage.getItem(key)) ?? []; } catch { /* Somebody else wrote there. */ }
  if (!Array.isArray(kept)) kept = [];
  const here = location.pathname;
  const others = kept.filter((place) => place.path !== here);
  const kind = dialog.dataset.kind;
  if (kind) {
    const title = document.title.split(" · ")[0];
    localStorage.setItem(key, JSON.stringify([{ path: here, title, kind }, ...others].slice(0, LATELY + 1)));
  }
  return others.slice(0, LATELY);
}

function inOrder(letters, text) {
  let at = 0;
  for (const one of text) if (one === letters[at]) at += 1;
  return at === letters.length;
}

/* How well an option fits what was typed; 0 is not at all. */
function fit(option, typed) {
  if (!typed) return 1;
  const label = option.querySelector("span").textContent.toLowerCase();
  const words = (option.dataset.words ?? "").toLowerCase();
  const close = typed.replaceAll(" ", "");
  option.dataset.initials ??= initials(label);
  if (label.startsWith(typed) || words.startsWith(typed)) return BEST;
  if (label.includes(typed) || words.includes(typed)) return 3;
  if (option.dataset.initials.includes(close)) return 2;
  return close.length > 1 && (inOrder(close, label) || inOrder(close, words) || inOrder(close, option.dataset.initials)) ? 1 : 0;
}

class Palette {
  constructor(dialog) {
    this.dialog = dialog;
    this.input = dialog.querySelector("input");
    this.list = dialog.querySelector("ul");
    this.look = dialog.querySelector("[data-look]");
    this.asked = false;
    [this.actionTemplate, this.placeTemplate] = dialog.querySelectorAll("template");
    this.fixed = [...this.list.querySelectorAll("li:not([data-last])")];
    this.places = lately(dialog).map((place) => this.placeItem(place));
    this.actions = [];
  }

  make(template, label) {
    const item = template.content.firstElementChild.cloneNode(true);
    item.querySelector("span").textContent = label;
    return item;
  }

  placeItem(place) {
    const item = this.make(this.placeTemplate, place.title);
    const link = item.querySelector("a");
    link.setAttribute("href", place.path);
    link.dataset.words = place.kind;
    if (place.kind !== place.title) link.querySelector("small").prepend(`${place.kind} · `);
    return item;
  }

  actionItem(action) {
    const item = this.make(this.actionTemplate, action.label);
    item.querySelector("kbd").textContent = keyName(action.key);
    item.querySelector("button").addEventListener("click", () => {
      this.dialog.close();
      // The control may have been replaced since: whoever has the key now is pressed.
      actions().find((one) => one.key === action.key && one.label === action.label)?.control.click();
    });
    return item;
  }

  async more() {
    if (this.asked) return;
    this.asked = true;
    const holder = this.dialog.querySelector("ul[hidden]");
    try {
      await window.htmx.ajax("GET", this.dialog.dataset.more, { target: holder, source: this.dialog, swap: "innerHTML" });
    } catch { /* A toast says that the network is gone; what is here already goes on working. */ }
    const found = [...holder.children];
    this.asked = found.length > 0;
    this.fixed.push(...found);
    if (this.dialog.open) this.filter({ keep: true });
  }

  open() {
    if (this.dialog.open) return;
    this.actions = busy() ? [] : actions().map((action) => this.actionItem(action));
    this.input.value = "";
    this.filter();
    this.dialog.showModal();
    this.more();
  }

  get shown() { return [...this.list.querySelectorAll("[role=option]")]; }
  get marked() { return this.list.querySelector(".on"); }

  filter({ keep = false } = {}) {
    const typed = this.input.value.trim().toLowerCase();
    const was = keep && this.marked !== this.look ? this.marked : null;
    const fitting = [...this.places, ...this.actions, ...this.fixed]
      .map((item) => ({ item, score: fit(item.firstElementChild, typed) }))
      .filter((one) => one.score > 0)
      .sort((one, other) => other.score - one.score);
    this.look.querySelector("b").textContent = this.input.value.trim();
    this.look.setAttribute("href", `${this.look.pathname}?q=${encodeURIComponent(this.input.value.trim())}`);
    this.list.replaceChildren(...fitting.map((one) => one.item), ...(typed ? [this.look.parentElement] : []));
    this.dialog.querySelector(".empty-hint").hidden = fitting.length > 0 || !typed;
    this.mark(was?.isConnected ? this.shown.indexOf(was) : 0);
  }

  mark(index) {
    const options = this.shown;
    if (!options.length) return;
    const on = options[(index + options.length) % options.length];
    options.forEach((option, at) => {
      option.id = `palette-${at}`;
      option.classList.toggle("on", option === on);
      option.setAttribute("aria-selected", String(option === on));
    });
    this.input.setAttribute("aria-activedescendant", on.id);
    on.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (event.isComposing) return;
    const at = this.shown.indexOf(this.marked);
    if (event.key === "ArrowDown") this.mark(at + 1);
    else if (event.key === "ArrowUp") this.mark(at - 1);
    else if (event.key === "Enter" && this.marked) this.marked.click();
    else return;
    event.preventDefault();
  }
}

export function startPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const palette = new Palette(dialog);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette.open();
    }
  });
  palette.input.addEventListener("input", () => palette.filter());
  dialog.addEventListener("keydown", (event) => palette.key(event));
}
