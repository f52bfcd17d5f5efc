/* The order edited in place: rows added and taken out, a draft kept in this window. */
import { ask, load } from "./patience.js";

const DRAFT = "oms:draft:";
const form = () => document.querySelector("form[data-draft]");

function keep(target) {
  const found = target.closest?.("form[data-draft]");
  // A form without a name keeps no draft.
  if (!found || found.dataset.done || !found.dataset.draft) return;
  const entries = [...new FormData(found)].filter(([, value]) => typeof value === "string");
  // Of this window and gone with it: receivers' data must not outlive the work on them.
  sessionStorage.setItem(DRAFT + found.dataset.draft, JSON.stringify({ at: Date.now(), entries }));
  found.querySelector("[data-draft-said]")?.removeAttribute("hidden");
}

function forget(name) {
  sessionStorage.removeItem(DRAFT + name);
  // The field in focus says once more that it changed when the form goes.
  const open = document.querySelector(`form[data-draft="${name}"]`);
  if (open) open.dataset.done = "yes";
  document.querySelector(`[data-draft-note="${name}"]`)?.setAttribute("hidden", "");
}

function offer() {
  for (const note of document.querySelectorAll("[data-draft-note]")) {
    note.hidden = form() !== null || sessionStorage.getItem(DRAFT + note.dataset.draftNote) === null;
  }
}

function restore(note) {
  const kept = sessionStorage.getItem(DRAFT + note.dataset.draftNote);
  if (!kept) return;
  const values = {};
  for (const [name, value] of JSON.parse(kept).entries) (values[name] ||= []).push(value);
  note.hidden = true;
  ask("POST", note.dataset.draftUrl, { source: note, target: note.dataset.draftTarget, swap: note.dataset.draftSwap || "outerHTML", values });
}

function addRow(within) {
  const rows = within.querySelector("[data-rows]");
  const row = within.querySelector("template[data-new-row]").content.firstElementChild.cloneNode(true);
  const key = `new${Date.now().toString(36)}${rows.children.length}`;
  for (const field of row.querySelectorAll("input")) {
    if (field.name === "line") field.value = key;
    else field.name = field.name.replace(/-.*$/, `-${key}`);
  }
  const amount = row.querySelector("[data-amount]");
  if (amount) amount.dataset.amount = key;
  rows.append(row);
  window.htmx.process(row);
  row.querySelector("[data-choices]").focus();
}

function suggest(field) {
  clearTimeout(field.waiting);
  field.waiting = setTimeout(() => {
    const list = document.getElementById(field.getAttribute("list"));
    // By now the row may have been looked up, or the whole form saved or left: nobody waits for choices any more.
    if (field.isConnected && list) load(`${list.dataset.url}?sku=${encodeURIComponent(field.value)}`, list);
  }, 150);
}

function sum() {
  form()?.dispatchEvent(new CustomEvent("oms:sum", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  keep(event.target);
  if (event.target.matches?.("[data-choices]")) suggest(event.target);
});
document.addEventListener("change", (event) => keep(event.target));
document.addEventListener("click", (event) => {
  const within = event.target.closest("form[data-draft]");
  if (event.target.closest("[data-add-row]")) addRow(within);
  if (event.target.closest("[data-remove-row]")) {
    event.target.closest("[data-row]").remove();
    keep(within);
    sum();
  }
  if (event.target.closest("[data-leave-edit]")) forget(within.dataset.draft);
  const note = event.target.closest("[data-draft-note]");
  if (note && event.target.closest("[data-restore]")) restore(note);
  if (note && event.target.closest("[data-forget]")) forget(note.dataset.draftNote);
});
document.addEventListener("keydown", (event) => {
  const found = event.target.closest?.("form[data-draft]");
  // Ctrl Enter saves: that is known to every form.
  if (!found || event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  if (event.target.matches("input")) {
    // Enter moves on; a hand that is quick must not save half an order.
    event.preventDefault();
    const fields = [...found.querySelectorAll("input:not([type=hidden]), select, textarea, button[type=submit]")].filter((f) => f.getClientRects().length);
    fields[fields.indexOf(event.target) + 1]?.focus();
  }
});
document.body.addEventListener("htmx:afterSwap", () => {
  for (const one of document.querySelectorAll("template[data-amount-of]")) {
    const cell = document.querySelector(`[data-amount="${CSS.escape(one.dataset.amountOf)}"]`);
    if (cell) cell.textContent = one.content.textContent;
    one.remove();
  }
  const edits = document.getElementById("edits-now");
  if (edits) edits.value = form() ? "1" : "";
  offer();
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  const row = event.target.closest?.("[data-row]") || document.querySelector("[data-fresh]")?.closest("[data-row]");
  const fresh = document.querySelector("[data-fresh]");
  if (!fresh) return;
  fresh.removeAttribute("data-fresh");
  row?.querySelector("input[name^=quantity]")?.select();
  keep(fresh);
  sum();
});
document.body.addEventListener("oms:saved", (event) => forget(event.detail.draft));
offer();
