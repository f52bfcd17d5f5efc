/* A ranked list: its lines ([data-rank]) are moved by dragging or by their arrows; a form with the same order is sent. */
export function startRanking(place, formId) {
  let moved = false;
  let dragged = null;
  const form = () => document.getElementById(formId);
  const line = (event) => event.target.closest?.("li[data-rank]");

  function send() {
    moved = true;
    form()?.dispatchEvent(new CustomEvent("oms:moved", { bubbles: true }));
  }

  function leave() {
    for (const other of place.querySelectorAll(".over")) other.classList.remove("over");
  }

  document.addEventListener("htmx:configRequest", (event) => { if (event.target === form()) moved = false; });
  // An answer to an earlier move must not undo one that still waits to be sent.
  place.addEventListener("htmx:beforeSwap", (event) => { if (moved) event.detail.shouldSwap = false; });

  place.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    const row = button?.closest("li");
    const other = button && (button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling);
    if (!other) return;
    if (button.dataset.move === "-1") other.before(row);
    else other.after(row);
    button.focus();
    place.dataset.focus = `[data-rank="${row.dataset.rank}"] [data-move="${button.dataset.move}"]`;
    send();
  });
  // The list comes back from the server: the hand stays on the button it pressed.
  place.addEventListener("htmx:afterSettle", () => {
    if (!place.dataset.focus) return;
    place.querySelector(place.dataset.focus)?.focus();
    delete place.dataset.focus;
  });

  place.addEventListener("dragstart", (event) => {
    dragged = line(event);
    dragged?.classList.add("dragged");
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
  });
  place.addEventListener("dragover", (event) => {
    const row = line(event);
    if (!dragged || !row) return;
    event.preventDefault();
    leave();
    row.classList.add("over");
  });
  place.addEventListener("drop", (event) => {
    const row = line(event);
    // The list may have come anew while a line of the old one was in the hand.
    if (!dragged?.isConnected || !row || row === dragged) return;
    event.preventDefault();
    if (dragged.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING) row.after(dragged);
    else row.before(dragged);
    send();
  });
  place.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    leave();
    dragged = null;
  });
}
