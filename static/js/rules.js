/* The rules: ranked by dragging or by their arrows; rows and conditions added from templates. */
const place = document.getElementById("rules");

function send() {
  document.getElementById("rule-order").dispatchEvent(new CustomEvent("oms:moved"));
}

function rank() {
  let dragged = null;
  place.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    const row = button?.closest("li");
    const other = button && (button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling);
    if (!other) return;
    if (button.dataset.move === "-1") other.before(row);
    else other.after(row);
    place.dataset.focus = `[data-rule="${row.dataset.rule}"] [data-move="${button.dataset.move}"]`;
    send();
  });
  // The list comes back from the server: the hand stays on the button it pressed.
  place.addEventListener("htmx:afterSettle", () => {
    if (!place.dataset.focus) return;
    place.querySelector(place.dataset.focus)?.focus();
    delete place.dataset.focus;
  });
  place.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li[data-rule]");
    dragged?.classList.add("dragged");
  });
  place.addEventListener("dragover", (event) => {
    const row = event.target.closest("li[data-rule]");
    if (!dragged || !row) return;
    event.preventDefault();
    for (const other of place.querySelectorAll(".over")) other.classList.remove("over");
    row.classList.add("over");
  });
  place.addEventListener("drop", (event) => {
    const row = event.target.closest("li[data-rule]");
    if (!dragged || !row || row === dragged) return;
    event.preventDefault();
    if (dragged.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING) row.after(dragged);
    else row.before(dragged);
    send();
  });
  place.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
  });
}

if (place) rank();

let added = 0;
document.addEventListener("click", (event) => {
  const remove = event.target.closest("[data-remove]");
  if (remove) remove.closest(remove.dataset.remove).remove();
  if (event.target.closest("[data-add-row]")) {
    const body = document.getElementById("table-rows");
    body.append(document.getElementById("row-template").content.cloneNode(true));
    body.lastElementChild.querySelector("input").focus();
  }
  if (event.target.closest("[data-add-condition]")) {
    const kind = document.getElementById("condition-kind").value;
    const template = document.querySelector(`template[data-condition="${kind}"]`);
    const number = `n${Date.now().toString(36).slice(-5)}${added++}`.slice(0, 8);
    const holder = document.createElement("div");
    holder.append(template.content.cloneNode(true));
    for (const node of holder.querySelectorAll("*")) {
      for (const name of ["name", "id", "for", "value"]) {
        const text = node.getAttribute(name);
        if (text?.includes("NEW")) node.setAttribute(name, text.replace("NEW", number));
      }
    }
    const row = holder.firstElementChild;
    document.getElementById("conditions").append(row);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }
});
