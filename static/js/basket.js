/* Rows of a basket that is tried out: added and taken away. */
const rows = document.getElementById("basket-rows");

document.getElementById("basket").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("addRow" in button.dataset) {
    rows.append(document.getElementById("row-template").content.firstElementChild.cloneNode(true));
    const row = rows.lastElementChild;
    row.querySelector('[name="units"]').value ||= "1";
    window.htmx.process(row);
    row.querySelector("input").focus();
  } else if (button.dataset.remove) {
    button.closest(button.dataset.remove).remove();
  }
});
