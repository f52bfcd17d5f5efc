/* Dialogs are opened by data-open="#id", closed by data-close; the server opens them and shows toasts by HX-Trigger. */
const TOAST_MS = 5000;

export function toastText(name) {
  const template = document.getElementById(`${name}-template`);
  return template ? template.content.textContent.trim() : "";
}

export function toast(text, tone = "") {
  // Told once is enough, however often the page asks by itself.
  if (!text || [...document.querySelectorAll(".toast.stop p")].some((told) => told.textContent === text)) return;
  const node = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  if (tone) node.classList.add(tone);
  node.querySelector("p").textContent = text;
  document.getElementById("toasts").append(node);
  fade(node);
}

/* What the server says of a request that it refused. */
export function tell(xhr) {
  const sentence = xhr.getResponseHeader("X-Sentence");
  toast(sentence ? decodeURIComponent(sentence) : toastText("refused"), "stop");
}

function fade(node) {
  // What went wrong stays until it is closed: it may have to be read twice.
  if (!node.classList.contains("stop") && !node.classList.contains("error")) setTimeout(() => node.remove(), TOAST_MS);
}

export function openDialog(selector) {
  const dialog = document.querySelector(selector);
  if (dialog && !dialog.open) dialog.showModal();
  return dialog;
}

export function startOverlays() {
  for (const node of document.querySelectorAll(".toast")) fade(node);
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) openDialog(opener.dataset.open);
    const closer = event.target.closest("[data-close]");
    if (closer) (closer.closest("dialog")?.close() ?? closer.closest(".toast")?.remove());
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  // A menu that belongs to a button opens below it.
  document.addEventListener("toggle", (event) => {
    const button = document.querySelector(`[popovertarget="${event.target.id}"]`);
    if (event.newState !== "open" || !button || !event.target.matches(".menu.below")) return;
    const at = button.getBoundingClientRect();
    event.target.style.left = `${Math.max(8, Math.min(at.left, innerWidth - event.target.offsetWidth - 8))}px`;
    event.target.style.top = `${at.bottom + 6}px`;
  }, true);
  document.body.addEventListener("oms:toast", (event) => toast(event.detail.text, event.detail.tone));
  document.body.addEventListener("oms:dialog", (event) => openDialog(event.detail.open));
  document.body.addEventListener("oms:close", () => {
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  });
}
