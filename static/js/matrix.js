/* A table of ticks ([data-matrix]): Tab enters and leaves it as one thing, the arrow keys walk from tick to tick. */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-12, 0], PageDown: [12, 0] };

function ticksOf(table) {
  return [...table.querySelectorAll("tr")].map((row) => [...row.querySelectorAll("input[type=checkbox]")]).filter((row) => row.length);
}

for (const table of document.querySelectorAll("[data-matrix]")) {
  const ticks = ticksOf(table);
  const all = ticks.flat();
  const stand = (tick) => { for (const one of all) one.tabIndex = one === tick ? 0 : -1; };
  stand(all[0]);
  table.addEventListener("focusin", (event) => { if (all.includes(event.target)) stand(event.target); });
  table.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const row = ticks.findIndex((one) => one.includes(event.target));
    if (!step || row < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const to = ticks[Math.max(0, Math.min(row + step[0], ticks.length - 1))];
    to[Math.max(0, Math.min(ticks[row].indexOf(event.target) + step[1], to.length - 1))].focus();
  });
}
