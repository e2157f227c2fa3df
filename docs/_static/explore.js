"use strict";
// The sliders of the page "Explore": the optimum on a grid that was computed beforehand.
document.addEventListener("DOMContentLoaded", () => {
  const at = (id) => document.getElementById(id);
  if (!at("explore")) return;
  const svg = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const ramp = ["#fde725", "#a0da39", "#4ac16d", "#1fa187", "#277f8e", "#365c8d", "#46327e", "#440154"];
  const bands = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#999933", "#882255"];
  const ink = "currentColor";

  function arms(cell) {
    const box = svg("svg", { viewBox: "-1.5 -1.5 3 3", role: "img" });
    box.append(svg("circle", { r: 1, fill: "none", stroke: ink, "stroke-width": 0.006, opacity: 0.5 }));
    cell.W.forEach((row, i) => {
      const [x, y] = [row[0], -(row[1] ?? 0)];
      box.append(svg("line", { x1: 0, y1: 0, x2: x, y2: y, stroke: ramp[i], "stroke-width": 0.03 }));
      box.append(svg("circle", { cx: x, cy: y, r: 0.05, fill: ramp[i], stroke: ink, "stroke-width": 0.008 }));
    });
    return box;
  }

  function gram(cell) {
    const n = cell.W.length;
    const box = svg("svg", { viewBox: `-0.1 -0.1 ${n + 1.5} ${n + 0.2}`, role: "img" });
    const shade = (x) => {
      const strength = Math.min(Math.abs(x), 1);
      return { fill: x < 0 ? "#D55E00" : "#0072B2", "fill-opacity": strength };
    };
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const g = cell.W[i].reduce((sum, w, k) => sum + w * cell.W[j][k], 0);
        const square = svg("rect", { x: j, y: i, width: 0.96, height: 0.96, ...shade(g) });
        square.append(svg("title", {}, `W${i} · W${j} = ${g.toFixed(2)}`));
        box.append(square);
      }
      const strip = svg("rect", { x: n + 0.4, y: i, width: 0.96, height: 0.96, ...shade(cell.b[i]) });
      strip.append(svg("title", {}, `b${i} = ${cell.b[i].toFixed(2)}`));
      box.append(strip);
    }
    box.append(svg("rect", { x: 0, y: 0, width: n, height: n, fill: "none", stroke: ink, "stroke-width": 0.03 }));
    return box;
  }

  function shares(cell) {
    const n = cell.D.length;
    const box = svg("svg", { viewBox: "-0.35 -1.1 3.4 1.35", role: "img" });
    for (const level of [0, 0.5, 1]) {
      box.append(svg("line", { x1: 0, x2: 3, y1: -level, y2: -level, stroke: ink, "stroke-width": 0.006, opacity: 0.4 }));
      box.append(svg("text", { x: -0.05, y: 0.04 - level, "font-size": 0.13, "text-anchor": "end", fill: ink }, level));
    }
    cell.D.forEach((D, i) => {
      const bar = svg("rect", { x: (3 * i) / n + 0.03, y: -D, width: 3 / n - 0.06, height: D, fill: ramp[i], stroke: ink, "stroke-width": 0.006 });
      bar.append(svg("title", {}, `D${i} = ${D}`));
      box.append(bar);
      box.append(svg("text", { x: (3 * (i + 0.5)) / n, y: 0.16, "font-size": 0.12, "text-anchor": "middle", fill: ink }, i));
    });
    return box;
  }

  function phases(row, chosen) {
    const names = [...new Set(row.map((cell) => cell.v))];
    const box = svg("svg", { viewBox: `0 -0.6 ${row.length} 2.2`, role: "img", preserveAspectRatio: "none" });
    row.forEach((cell, i) => {
      const band = svg("rect", { x: i, y: 0, width: 1, height: 1, fill: bands[names.indexOf(cell.v) % bands.length] });
      band.append(svg("title", {}, `1 − S = ${GRID.densities[i].toPrecision(3)}: ${GRID.names[cell.v]}`));
      box.append(band);
    });
    box.append(svg("rect", { x: chosen, y: -0.2, width: 1, height: 1.4, fill: "none", stroke: ink, "stroke-width": 0.12 }));
    return box;
  }

  function draw() {
    const n = +at("explore-n").value;
    at("explore-m").max = Math.min(n - 1, 4);
    const m = +at("explore-m").value;
    const [r, p] = [+at("explore-r").value, +at("explore-p").value];
    const row = GRID.cells[`${n},${m}`][r];
    const cell = row[p];
    for (const [id, said] of [["n", n], ["m", m], ["r", GRID.decays[r]], ["p", GRID.densities[p].toPrecision(3)]])
      at(`explore-${id}-said`).textContent = said;
    at("explore-verdict").textContent = GRID.names[cell.v];
    at("explore-loss").textContent =
      `exact loss ${cell.l}; Σ D = ${cell.D.reduce((a, b) => a + b, 0).toFixed(2)}; ` +
      `1/(1 − S) = ${(1 / GRID.densities[p]).toPrecision(3)}`;
    at("explore-arms").replaceChildren(m <= 2 ? arms(cell) : gram(cell));
    at("explore-gram").replaceChildren(m <= 2 ? gram(cell) : "");
    at("explore-D").replaceChildren(shares(cell));
    at("explore-phases").replaceChildren(phases(row, p));
  }

  for (const id of ["n", "m", "r", "p"]) at(`explore-${id}`).addEventListener("input", draw);
  draw();
});
