/* The page of a campaign: its schemes are ranked; the chart of gifts by hour. */
import { startRanking } from "./rank.js";

startRanking(document.getElementById("schemes"), "scheme-order");

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
