/* An export is of the list as it is shown now: the address may have changed since the page was loaded. Rows that were selected one by one
   can be taken alone; who selected all that match takes the whole list. */
function selectedIds() {
  const strip = document.querySelector("[data-everything]");
  if (strip && !strip.hidden && strip.querySelector("[data-page-only]")?.hidden) return [];
  return [...document.querySelectorAll("[data-grid] tr[data-id][aria-selected=true]")].map((row) => row.dataset.id);
}

export function startExports() {
  document.addEventListener("click", (event) => {
    const dialog = document.querySelector(event.target.closest?.("[data-open^='#dialog-export-']")?.dataset.open ?? "#no-dialog");
    const offer = dialog?.querySelector("[data-chosen-rows]");
    if (!offer) return;
    const count = selectedIds().length;
    offer.hidden = count === 0;
    offer.querySelector("input").checked = count > 0;
    offer.querySelector("[data-chosen-count]").textContent = count;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-export]")) return;
    form.elements.namedItem("query").value = location.search;
    for (const old of form.querySelectorAll("[data-chosen-id]")) old.remove();
    if (form.elements.namedItem("chosen")?.checked) {
      for (const id of selectedIds()) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: "ids", value: id });
        field.dataset.chosenId = "";
        form.append(field);
      }
    }
    form.closest("dialog")?.close();
  });
}
