/* The work grid: one focused row, a selection, a panel that follows the focus, and batch buttons that send what is selected.

   <div data-grid id="…" [data-panel="#target"]> <tr data-id data-units data-amount [data-href] [data-panel-url]> with a checkbox in it.
   Buttons with data-batch="#grid" send the ids of the selection, or of the focused row when nothing is selected. When all that match
   the list are selected ([data-everything], part of the list), those with data-matching send the list's conditions in their place. */
import { busy, typing } from "./keys.js";
import { toast, toastText } from "./overlays.js";
import { load } from "./patience.js";

const PANEL_DELAY_MS = 120;
const grids = new Map();

class Grid {
  constructor(root) {
    this.id = root.id;
    this.index = -1;
    this.anchor = -1;
    this.panelTimer = 0;
    this.shownId = "";
  }

  get root() { return document.getElementById(this.id); }
  get rows() { return [...this.root.querySelectorAll("tbody tr[data-id]")]; }
  get selected() { return this.rows.filter((row) => row.getAttribute("aria-selected") === "true"); }
  get focused() { return this.rows[this.index]; }
  /* Whether every order that matches the list is meant, on this page or not. */
  get everything() { return Boolean(this.strip && !this.strip.hidden && this.strip.querySelector("[data-page-only]").hidden); }
  get strip() { return this.root.querySelector("[data-everything]"); }
  get chosen() { return this.selected.length ? this.selected : this.focused ? [this.focused] : []; }

  focus(index, { panel = true } = {}) {
    const rows = this.rows;
    if (!rows.length) { this.index = -1; this.clearPanel(); return; }
    this.index = Math.max(0, Math.min(index, rows.length - 1));
    rows.forEach((row, at) => row.classList.toggle("focus", at === this.index));
    const row = rows[this.index];
    row.scrollIntoView({ block: "nearest" });
    if (panel) this.showPanel(row);
  }

  showPanel(row) {
    const target = this.root.dataset.panel;
    if (!target || !row.dataset.panelUrl) return;
    clearTimeout(this.panelTimer);
    // Holding J down must not ask for every order it passes.
    this.panelTimer = setTimeout(() => {
      // By now the list may be another, and the row gone with the old one: its own focus asks for the panel then.
      if (!row.isConnected) return;
      this.shownId = row.dataset.id;
      load(row.dataset.panelUrl, document.querySelector(target));
    }, PANEL_DELAY_MS);
  }

  clearPanel() {
    clearTimeout(this.panelTimer);
    const target = document.querySelector(this.root.dataset.panel || "none");
    if (target) window.htmx.trigger(target, "htmx:abort");
    if (target && this.shownId) target.replaceChildren();
    this.shownId = "";
  }

  select(row, on) {
    row.setAttribute("aria-selected", String(on));
    const box = row.querySelector("input[type=checkbox]");
    if (box) box.checked = on;
  }

  toggle(index) {
    const row = this.rows[index];
    if (!row) return;
    this.select(row, row.getAttribute("aria-selected") !== "true");
    this.anchor = index;
    this.summarise();
  }

  range(from, to) {
    const [low, high] = from < to ? [from, to] : [to, from];
    this.rows.forEach((row, at) => { if (at >= low && at <= high) this.select(row, true); });
    this.summarise();
  }

  all(on) {
    this.rows.forEach((row) => this.select(row, on));
    this.summarise();
  }

  summarise() {
    const rows = this.selected;
    const all = this.root.querySelector("[data-all]");
    if (all) {
      all.checked = rows.length > 0 && rows.length === this.rows.length;
      all.indeterminate = rows.length > 0 && !all.checked;
    }
    this.offerEverything(rows.length > 0 && rows.length === this.rows.length);
    // Cents as integers: sums of money are never floats.
    const cents = rows.reduce((sum, row) => sum + Math.round(Number(row.dataset.amount || 0) * 100), 0);
    const units = rows.reduce((sum, row) => sum + Number(row.dataset.units || 0), 0);
    for (const box of document.querySelectorAll(`[data-summary="#${this.id}"]`)) {
      box.hidden = rows.length === 0;
      const put = (name, text) => { const node = box.querySelector(`[data-${name}]`); if (node) node.textContent = text; };
      put("count", rows.length.toLocaleString("en"));
      put("units", units.toLocaleString("en"));
      put("money", `¥${(cents / 100).toLocaleString("en", { minimumFractionDigits: 2 })}`);
    }
    const total = this.everything ? Number(this.strip.dataset.total) || "10,000+" : this.chosen.length;
    for (const node of document.querySelectorAll(`[data-chosen="#${this.id}"]`)) node.textContent = total.toLocaleString("en");
  }

  offerEverything(whole) {
    const strip = this.strip;
    if (!strip) return;
    strip.hidden = !whole;
    if (!whole) this.showTaken(strip, false);
  }

  takeEverything(on) {
    this.showTaken(this.strip, on);
    this.summarise();
  }

  showTaken(strip, on) {
    strip.querySelector("[data-page-only]").hidden = on;
    strip.querySelector("[data-all-taken]").hidden = !on;
  }

  remember() {
    this.kept = { ids: new Set(this.selected.map((row) => row.dataset.id)), focusId: this.focused?.dataset.id, index: this.index };
  }

  restore() {
    const kept = this.kept ?? { ids: new Set(), index: 0 };
    for (const row of this.rows) if (kept.ids.has(row.dataset.id)) this.select(row, true);
    const at = this.rows.findIndex((row) => row.dataset.id === kept.focusId);
    this.focus(at >= 0 ? at : Math.max(kept.index, 0));
    this.summarise();
  }

  open() {
    const href = this.focused?.dataset.href;
    if (!href) return;
    this.leave();
    window.location.assign(href);
  }

  /* Who comes back to this entry of the history finds the row and the selection that they left. */
  leave() {
    this.remember();
    const { ids, focusId } = this.kept;
    history.replaceState({ ...history.state, [this.id]: { ids: [...ids], focusId } }, "");
  }

  comeBack() {
    const kept = history.state?.[this.id];
    this.kept = { ids: new Set(kept?.ids), focusId: kept?.focusId, index: 0 };
    // Browsers tick boxes again by themselves, and know nothing of what is selected.
    this.rows.forEach((row) => this.select(row, false));
    this.restore();
  }

  turn(rel) { this.root.querySelector(`a[rel="${rel}"]`)?.click(); }

  key(event) {
    const step = (by) => {
      const from = this.index;
      this.focus(from + by);
      if (event.shiftKey && !["j", "k"].includes(event.key)) this.range(from, this.index);
    };
    const acts = {
      j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
      " ": () => this.toggle(this.index), x: () => this.toggle(this.index),
      Enter: () => this.open(), Escape: () => this.all(false),
      Home: () => this.focus(0), End: () => this.focus(this.rows.length - 1),
      "]": () => this.turn("next"), "[": () => this.turn("prev"),
    };
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") acts[event.key] = () => this.all(true);
    else if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const act = acts[event.key];
    if (!act) return false;
    act();
    return true;
  }
}

function gridOf(node) {
  const root = node.closest?.("[data-grid]");
  return root ? grids.get(root.id) : undefined;
}

/* Whether a swap of the target replaces rows of the grid: the whole of it, or the list within it. */
function touches(target, root) {
  return Boolean(root) && (target.contains(root) || root.contains(target));
}

function onClick(event) {
  const grid = gridOf(event.target);
  if (!grid) return;
  if (event.target.matches("[data-all]")) { grid.all(event.target.checked); return; }
  const taken = event.target.closest("[data-take-all], [data-take-page]");
  if (taken) { grid.takeEverything(taken.matches("[data-take-all]")); return; }
  const row = event.target.closest("tr[data-id]");
  if (!row) return;
  const at = grid.rows.indexOf(row);
  if (event.target.closest("a[href]")) { grid.focus(at, { panel: false }); grid.leave(); }
  if (event.target.closest("a, button, input:not([type=checkbox]), select")) return;
  const box = event.target.closest("td.pick");
  if (event.shiftKey) { document.getSelection().removeAllRanges(); grid.range(grid.anchor < 0 ? grid.index : grid.anchor, at); }
  else if (box) {
    const on = row.getAttribute("aria-selected") !== "true";
    if (event.target.matches("input")) { grid.select(row, event.target.checked); grid.anchor = at; grid.summarise(); }
    else { grid.select(row, on); grid.anchor = at; grid.summarise(); }
  } else if (event.ctrlKey || event.metaKey) grid.toggle(at);
  else grid.anchor = at;
  grid.focus(at);
  grid.summarise();
}

function onContextMenu(event) {
  const grid = gridOf(event.target);
  const row = event.target.closest?.("tr[data-id]");
  const menu = grid && document.getElementById(`${grid.id}-menu`);
  if (!menu || !row) return;
  event.preventDefault();
  grid.focus(grid.rows.indexOf(row));
  if (row.getAttribute("aria-selected") !== "true") grid.all(false);
  grid.summarise();
  menu.showPopover();
  const box = menu.getBoundingClientRect();
  menu.style.left = `${Math.min(event.clientX, innerWidth - box.width - 8)}px`;
  menu.style.top = `${Math.min(event.clientY, innerHeight - box.height - 8)}px`;
}

function onSend(event) {
  const grid = grids.get((event.detail.elt.closest("[data-batch]")?.dataset.batch ?? "").slice(1));
  if (!grid) return;
  const chosen = grid.chosen;
  if (!chosen.length) { event.preventDefault(); return; }
  if (grid.everything && !event.detail.elt.closest("[data-batch]").matches("[data-matching]")) {
    event.preventDefault();
    toast(toastText("named"), "look");
    return;
  }
  if (grid.everything) {
    // The server finds them by what the list shows: their ids would not fit into a form.
    event.detail.parameters.matching = "1";
    event.detail.parameters.query = grid.strip.dataset.query;
    return;
  }
  event.detail.parameters.ids = chosen.map((row) => row.dataset.id);
  // The version that was looked at goes along: what somebody else changed meanwhile is refused, not overwritten.
  for (const row of chosen) {
    if (row.dataset.version) event.detail.parameters[`version-${row.dataset.id}`] = row.dataset.version;
  }
  for (const field of grid.root.querySelectorAll("tbody [data-row-field]")) {
    if (field.value && chosen.includes(field.closest("tr"))) event.detail.parameters[field.name] = field.value;
  }
}

function startAll({ first = false } = {}) {
  for (const root of document.querySelectorAll("[data-grid]")) {
    if (!grids.has(root.id)) grids.set(root.id, new Grid(root));
    const grid = grids.get(root.id);
    if (first) grid.comeBack();
  }
}

export function startGrids() {
  document.addEventListener("click", onClick);
  document.addEventListener("contextmenu", onContextMenu);
  document.addEventListener("dblclick", (event) => {
    const grid = gridOf(event.target);
    if (grid && event.target.closest("tr[data-id]") && !event.target.closest("a, button, input")) grid.open();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || typing(event.target) || busy()) return;
    const grid = [...grids.values()].find((one) => one.root);
    // A focused link, button or box keeps its own Enter and space.
    if (!grid || (["Enter", " "].includes(event.key) && event.target.closest("a, button, input, summary"))) return;
    if (grid.key(event)) event.preventDefault();
  });
  document.addEventListener("focusin", (event) => {
    const grid = gridOf(event.target);
    const row = event.target.closest?.("tr[data-id]");
    if (grid && row && event.target.matches("[data-row-field]")) grid.focus(grid.rows.indexOf(row));
  });
  document.body.addEventListener("htmx:configRequest", onSend);
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    for (const grid of grids.values()) if (touches(event.detail.target, grid.root)) grid.remember();
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    for (const grid of grids.values()) {
      if (touches(event.detail.target, grid.root)) grid.restore();
    }
    startAll();
  });
  startAll({ first: true });
}
