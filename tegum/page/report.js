"use strict";
// Everything that comes from a file enters the page as text, never as markup.
const report = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const ink = dark ? "#eeeeee" : "#1b1b1b";
// Okabe and Ito 2008, told apart with every kind of colour vision
const palette = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#999933", "#882255"];
const quiet = { margin: { l: 50, r: 10, t: 10, b: 45 }, paper_bgcolor: "rgba(0,0,0,0)",
                plot_bgcolor: "rgba(0,0,0,0)", modebar: { bgcolor: "rgba(0,0,0,0)" }, font: { color: ink }, showlegend: false };
const options = { displaylogo: false, responsive: true };

const escaped = (text) =>
  String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const figure = (x, digits = 4) =>
  x === null || x === undefined ? "–" : x === true ? "yes" : x === false ? "no"
    : typeof x === "number" ? +x.toPrecision(digits) + "" : String(x);

function colour(model, name) {
  if (name === "unknown" || name === "not represented") return "#8a8a8a";
  const names = [...new Set(model.components.map((c) => c.name))].filter((n) => n !== "unknown");
  return palette[names.indexOf(name) % palette.length];
}

// columns: [heading, key, is a number]
function fill(table, columns, rows, onRow) {
  const head = document.createElement("tr");
  const body = document.createElement("tbody");
  let order = null;
  const draw = () => {
    body.replaceChildren(...rows.map((row, index) => {
      const line = document.createElement("tr");
      for (const [, key, number] of columns) {
        const cell = document.createElement("td");
        cell.textContent = figure(row[key]);
        if (number) cell.className = "number";
        line.append(cell);
      }
      if (onRow) line.addEventListener("click", () => onRow(row, line));
      line.dataset.row = index;
      return line;
    }));
  };
  for (const [heading, key, number] of columns) {
    const cell = document.createElement("th");
    cell.textContent = heading;
    if (number) cell.className = "number";
    cell.addEventListener("click", () => {
      order = order && order.key === key ? { key, way: -order.way } : { key, way: number ? -1 : 1 };
      const missing = (x) => x === null || x === undefined;
      rows.sort((a, b) => {
        const [x, y] = [a[key], b[key]];
        if (missing(x) || missing(y)) return missing(x) - missing(y);
        return order.way * (typeof x === "number" ? x - y : String(x).localeCompare(String(y)));
      });
      draw();
    });
    head.append(cell);
  }
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceWith(body);
  draw();
  return body;
}

// Tables first: plots follow one by one, each when what came before it has been painted.
const waiting = new Map();
function draw(id, traces, layout) {
  if (!waiting.size) requestAnimationFrame(() => setTimeout(drawNext));
  waiting.set(id, [traces, layout]); // the latest wish counts
}
function drawNext() {
  const [id, [traces, layout]] = waiting.entries().next().value;
  waiting.delete(id);
  if (waiting.size) requestAnimationFrame(() => setTimeout(drawNext));
  Plotly.react(id, traces, layout, options);
}

function turn(model, row) {
  const c = row.component;
  at("turned").textContent = c.symbol ? `${c.name} ${c.symbol}` : c.name;
  const [x, y, z] = [0, 1, 2].map((axis) => c.points.map((p) => p[axis]));
  const lines = [[], [], []];
  for (const [i, j] of c.edges)
    for (const axis of [0, 1, 2]) lines[axis].push(c.points[i][axis], c.points[j][axis], null);
  const shade = colour(model, c.name);
  const bare = { showgrid: false, zeroline: false, showticklabels: false, title: { text: "" },
                 showbackground: false, showspikes: false };
  draw("component", [
    { type: "scatter3d", mode: "lines", x: lines[0], y: lines[1], z: lines[2], hoverinfo: "skip",
      line: { color: shade, width: 3 } },
    { type: "scatter3d", mode: "markers", x, y, z, text: c.features.map((i) => `feature ${i}`),
      hoverinfo: "text", marker: { size: 5, color: ink } },
    { type: "scatter3d", mode: "markers", x: [0], y: [0], z: [0], hoverinfo: "skip",
      marker: { size: 2, color: "#8a8a8a" } },
  ], { ...quiet, margin: { l: 0, r: 0, t: 0, b: 0 },
       scene: { aspectmode: "data", xaxis: bare, yaxis: bare, zaxis: bare } });
}

function show(model) {
  const density = model.density === null ? "" : ` at 1 − S = ${figure(model.density)}`;
  const jointly = model.product ? ` (jointly ${model.product})` : "";
  at("summary").textContent =
    `${model.n_features} features in ${model.n_hidden} dimensions${density}: ${model.summary}` +
    `${jointly}. Σ D = ${figure(model.sum_dimensionality)}.`;

  const theory = model.theory;
  const rows = model.components.map((component, index) => ({
    component, name: component.name, n: component.features.length, dimension: component.dimension,
    D: component.D, rmsd: component.rmsd, confidence: component.confidence,
    group: component.group_order, ratio: theory ? theory.components[index].ratio : null,
    nearest: component.nearest.map(([name, rmsd]) => `${name} ${figure(rmsd, 2)}`).join(", "),
    members: component.features.join(" "),
  }));
  const columns = [["name", "name"], ["features", "n", true], ["dim.", "dimension", true],
    ["D", "D", true], ["rmsd", "rmsd", true], ["confidence", "confidence", true],
    ["group", "group", true], ["loss / ideal", "ratio", true], ["nearest", "nearest"]]
    .filter(([, key]) => key !== "ratio" || theory);
  const choose = (row, line) => {
    for (const other of at("components").querySelectorAll("tr.chosen")) other.className = "";
    if (line) line.className = "chosen";
    turn(model, row);
  };
  const filter = () => {
    const wanted = at("filter").value.trim().toLowerCase();
    const hit = rows.filter((row) =>
      row.name.toLowerCase().includes(wanted) || row.members.split(" ").includes(wanted));
    const body = fill(at("components"), columns, hit, choose);
    at("shown").textContent = `${hit.length} of ${rows.length}`;
    if (hit.length) choose(hit[0], body.rows[0]);
  };
  at("filter").oninput = filter;

  const f = model.features;
  for (const id of ["dimensionality", "graph"]) at(id).closest("section").hidden = !f;
  if (f) {
    const told = f.D.map((D, i) => escaped(`feature ${i}, ${f.name[i]}`) +
      `<br>D = ${figure(D)}, norm ${figure(f.norm[i])}` +
      f.partners[i].map(([j, w]) => `<br>with ${j}: ${figure(w, 3)}`).join(""));
    const shades = f.name.map((name) => colour(model, name));
    draw("dimensionality", [{ type: "scatter", mode: "markers", x: f.D.map((_, i) => i),
      y: f.D, text: told, hoverinfo: "text", marker: { color: shades, size: 7 } }],
      { ...quiet, xaxis: { title: { text: "feature" } },
        yaxis: { title: { text: "D" }, range: [-0.03, 1.05] } });
    const { places: place, edges, overlaps } = model.graph;
    // one path: as a trace every edge would be an element
    const lines = edges.map(([i, j]) => `M${place[i]}L${place[j]}`).join("");
    const line = { color: dark ? "rgba(255,255,255,.25)" : "rgba(0,0,0,.2)", width: 1 };
    at("drawn").textContent = edges.length < overlaps ? `, the ${edges.length} largest of ${overlaps}` : "";
    const bare = { visible: false };
    draw("graph", [{ type: "scatter", mode: "markers", x: place.map((p) => p[0]),
      y: place.map((p) => p[1]), text: told, hoverinfo: "text", marker: { color: shades, size: 8 } }],
      { ...quiet, margin: { l: 5, r: 5, t: 5, b: 5 }, xaxis: bare, yaxis: { ...bare, scaleanchor: "x" },
        shapes: lines ? [{ type: "path", path: lines, line, layer: "below" }] : [] });
  }

  filter();
  at("component").closest("section").hidden = !rows.length;

  at("theory").hidden = !theory;
  if (theory) {
    fill(at("predictions"), [["prediction", "prediction"], ["of", "of"], ["predicted", "predicted", true],
      ["trained", "loss", true], ["trained / predicted", "ratio", true]], theory.predictions);
    at("gap").textContent = theory.gap
      ? "Above the best packing by: " +
        Object.entries(theory.gap).map(([part, loss]) => `${part} ${figure(loss, 3)}`).join(", ") + "."
      : "";
    at("position").textContent = theory.position
      ? `The represented features are ${theory.position}.`
      : "No more features are represented than there are dimensions.";
    at("limits").hidden = !theory.limits.length;
    fill(at("limits"), [["limit", "limit"], ["kind", "kind"], ["least m", "n_hidden", true],
      ["most n/m", "features_per_dimension", true], ["reached", "reached"], ["says", "says"]],
      theory.limits);
  }
}

document.title = `${report.title}: Tegum report`;
at("title").textContent = report.title;
at("made").textContent = JSON.stringify(report.made, null, 2);
report.instances.forEach((model, index) => {
  const choice = document.createElement("option");
  const density = model.density === null ? "" : ` (1 − S = ${figure(model.density)})`;
  choice.value = index;
  choice.textContent = `${index}${density}: ${model.summary}`;
  at("instance").append(choice);
});
at("pick").hidden = report.instances.length === 1;
at("instance").addEventListener("change", (event) => show(report.instances[+event.target.value]));
show(report.instances[0]);
