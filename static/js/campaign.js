/* The page of a campaign: schemes are ranked by dragging or by their arrows; the chart of gifts by hour. */
const place = document.getElementById("schemes");

const order = document.getElementById("scheme-order");
let moved = false;

function send() {
  moved = true;
  order.dispatchEvent(new CustomEvent("oms:moved"));
}

order.addEventListener("htmx:configRequest", () => { moved = false; });
// An answer to an earlier move must not undo one that still waits to be sent.
place.addEventListener("htmx:beforeSwap", (event) => { if (moved) event.detail.shouldSwap = false; });

place.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  const row = button.closest("li");
  const other = button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "-1") other.before(row);
  else other.after(row);
  button.focus();
  place.dataset.focus = `[data-scheme="${row.dataset.scheme}"] [data-move="${button.dataset.move}"]`;
  send();
});

// The list comes back from the server: the hand stays on the button it pressed.
place.addEventListener("htmx:afterSettle", () => {
  if (!place.dataset.focus) return;
  place.querySelector(place.dataset.focus)?.focus();
  delete place.dataset.focus;
});

let dragged = null;
place.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("li[data-scheme]");
  dragged?.classList.add("dragged");
  if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
});
place.addEventListener("dragover", (event) => {
  const row = event.target.closest("li[data-scheme]");
  if (!dragged || !row) return;
  event.preventDefault();
  for (const other of place.querySelectorAll(".over")) other.classList.remove("over");
  row.classList.add("over");
});
place.addEventListener("drop", (event) => {
  const row = event.target.closest("li[data-scheme]");
  if (!dragged || !row || row === dragged) return;
  event.preventDefault();
  const down = dragged.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING;
  if (down) row.after(dragged);
  else row.before(dragged);
  send();
});
place.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  for (const other of place.querySelectorAll(".over")) other.classList.remove("over");
  dragged = null;
});

function colour(name) {
  // light-dark() is only resolved where a colour is used.
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function draw() {
  const target = document.getElementById("hours-chart");
  if (!target || !window.echarts) return;
  const data = JSON.parse(document.getElementById("hours-data").textContent);
  const chart = window.echarts.getInstanceByDom(target) ?? window.echarts.init(target);
  const text = { color: colour("--text-2"), fontFamily: getComputedStyle(document.body).fontFamily };
  const line = { lineStyle: { color: colour("--line") } };
  chart.setOption({
    animation: false,
    textStyle: text,
    color: [colour("--accent"), colour("--done")],
    grid: { left: 48, right: 56, top: 34, bottom: 28 },
    legend: { top: 0, textStyle: text },
    // Drawn on the canvas: the page's policy allows no styles written into HTML.
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: colour("--surface"), textStyle: { color: colour("--text") } },
    xAxis: { type: "category", data: data.hours, axisLabel: text, axisLine: line },
    yAxis: [
      { type: "value", minInterval: 1, axisLabel: text, splitLine: line },
      { type: "value", minInterval: 1, axisLabel: text, splitLine: { show: false } },
    ],
    series: [
      { name: data.labels.units, type: "bar", data: data.units, barMaxWidth: 28 },
      { name: data.labels.sums, type: "line", yAxisIndex: 1, data: data.sums, showSymbol: data.sums.length < 40 },
    ],
  });
  return chart;
}

const chart = draw();
if (chart) {
  addEventListener("resize", () => chart.resize());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
}
