/* An export is of the list as it is shown now: the address may have changed since the page was loaded. */
export function startExports() {
  document.addEventListener("submit", (event) => {
    if (!(event.target instanceof HTMLFormElement) || !event.target.matches("[data-export]")) return;
    event.target.elements.namedItem("query").value = location.search;
    event.target.closest("dialog")?.close();
  });
}
