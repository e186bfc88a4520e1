// Marks over time. What it draws stands in the table below it as well; without this script there is no figure at all.
"use strict";
(() => {
  const figure = document.querySelector("figure.graph");
  if (!figure || typeof uPlot === "undefined") return;
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const points = JSON.parse(figure.dataset.points);
  // Days at noon, so that no time zone makes another day of them.
  const days = points.map(([day]) => Date.parse(`${day}T12:00:00Z`) / 1000);
  const marks = points.map(([, mark]) => mark);
  const short = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = () => ({
    stroke: () => colour("--quiet"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false },
  });
  const width = () => Math.max(240, figure.clientWidth);
  const chart = () => new uPlot({
    width: width(), height: 220, cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { range: (_, low, high) => [low - 3 * 86400, high + 3 * 86400] }, y: { range: [0.6, 10.2] } },
    axes: [
      { ...axis(), space: 70, size: 34, incrs: [1, 2, 7, 14, 28, 56, 91, 182, 364].map(n => n * 86400),
        values: (_, found) => found.map(day => short.format(day * 1000)) },
      { ...axis(), size: 34, splits: () => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], values: (_, found) => found.map(mark => number.format(mark)) },
    ],
    series: [
      { label: figure.dataset.day, value: (_, day) => (day == null ? "–" : short.format(day * 1000)) },
      { label: figure.dataset.mark, stroke: () => colour("--link"), width: 2,
        points: { show: true, size: 8, fill: () => colour("--link") },
        value: (_, mark) => (mark == null ? "–" : number.format(mark)) },
    ],
  }, [days, marks], figure);
  figure.hidden = false;
  const drawn = chart();
  new ResizeObserver(() => drawn.setSize({ width: width(), height: 220 })).observe(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.redraw(false));
})();
