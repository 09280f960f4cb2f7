// A figure: its chart, its numbers as a table whose rows are links, and what can be taken along of both.
const COLOURS = ["bar", "favor", "against", "undecided", "voice", "line", "first", "second", "ink", "soft"];
const WIDE = 22, WIDEST = 900;
let drawing = null; // the charts' library, once it is asked for
const drawn = new Map();

function library() {
  if (!$("vega")) return Promise.resolve(false);
  return drawing ??= unpack("vega").then(code => {
    document.head.append(make("script", {textContent: new TextDecoder().decode(code)}));
    return true;
  });
}

const HEAD = 3; // lines above each column of a heat map, as the chart leaves room for

/** A name in lines of a label; each line is kept from turning round by what stands beside it. */
function label(name, width = WIDE, most = 2) {
  const lines = [""];
  for (const word of name.trim().split(/\s+/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (longer.length <= width || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const shown = lines.slice(0, most).map(line => line.length > width + 4 ? `${line.slice(0, width)}…` : line);
  if (lines.length > most) shown[most - 1] += "…";
  return shown.map(line => RLI + line + PDI).join("\n");
}

const head = (name, width, ...below) => {
  const lines = label(name, width, HEAD - below.length).split("\n").concat(below);
  return [...Array(HEAD - lines.length).fill(" "), ...lines].join("\n");
};

const look = () => ({
  font: getComputedStyle(document.body).fontFamily,
  background: "transparent",
  view: {stroke: null},
  axis: {labelColor: "var(--ink)", labelFontSize: 12, gridColor: "var(--line)", domainColor: "var(--line)"},
  axisQuantitative: {labelColor: "var(--soft)", ticks: false, domain: false},
  legend: {labelColor: "var(--ink)", labelFontSize: 12, offset: 4},
  text: {fill: "var(--ink)", fontSize: 12},
  rule: {stroke: "var(--soft)"},
  title: {color: "var(--ink)", subtitleColor: "var(--soft)", fontSize: 16, subtitleFontSize: 11, anchor: "end", offset: 12},
});

/** The specification with its rows; `light` puts plain colours in place of the page's variables. */
function specification(figure, width, light) {
  const own = lists.charts[figure.chart];
  const names = new Set(figure.rows.map(row => row.name)).size;
  const height = own.height.step ? own.height.step * names : own.height;
  const spec = {...own, config: look(), width, height, autosize: {type: "fit-x", contains: "padding"}, datasets: {rows: figure.rows}};
  if (light) spec.title = {text: RLI + figure.title + PDI, subtitle: [figure.note, "qawl"].filter(Boolean).map(line => RLI + line + PDI)};
  let json = JSON.stringify(spec);
  for (const [key, name] of Object.entries(figure.parts ?? {})) json = json.replaceAll(JSON.stringify(key), () => JSON.stringify(name));
  if (light) {
    for (const name of COLOURS) json = json.replaceAll(`var(--${name})`, lists.colours[name]);
    json = json.replace('"background":"transparent"', '"background":"#fff"');
  }
  return JSON.parse(json);
}

const embed = (place, spec, renderer) => vegaEmbed(place, spec, {
  mode: "vega-lite", renderer, ast: true, actions: false, defaultStyle: false, logLevel: 1, tooltip: () => {},
});

async function draw(figure) {
  const place = $(`chart-${figure.id}`);
  // What is hidden has no width.
  if (!place?.clientWidth || !figure.rows.length || !await library()) return;
  const width = Math.max(Math.min(WIDEST, place.clientWidth), figure.least ?? 0);
  if (drawn.get(figure.id)?.rows === figure.rows && drawn.get(figure.id).width === width) return;
  drawn.get(figure.id)?.view?.finalize();
  drawn.set(figure.id, {rows: figure.rows, width});
  const {view} = await embed(place, specification(figure, width, false), "svg");
  drawn.get(figure.id).view = view;
  view.addEventListener("click", (event, item) => {
    const go = item?.datum?.go ?? figure.rows.find(row => row.name === item?.datum?.value)?.go;
    if (go) location.hash = go;
  });
}

function save(name, content, type) {
  const link = make("a", {href: URL.createObjectURL(new Blob([content], {type})), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function csv(lines) {
  // A cell that begins like a formula is none: a blank keeps Excel from running what an article says.
  const cell = value => `"${String(value ?? "").replace(/^[=+\-@\t\r]/, " $&").replaceAll('"', '""')}"`;
  return "\ufeff" + lines.map(line => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

async function take(figure, kind) {
  if (kind === "csv") return save(`${figure.id}.csv`, csv([figure.head, ...figure.table.map(line => line.cells)]), "text/csv");
  await library();
  const {view} = await embed(make("div"), specification(figure, Math.max(WIDEST, figure.least ?? 0), true), "none");
  if (kind === "svg") save(`${figure.id}.svg`, await view.toSVG(), "image/svg+xml");
  else (await view.toCanvas(2)).toBlob(blob => save(`${figure.id}.png`, blob, "image/png"));
}

const figures = new Map();
let queue = Promise.resolve();

/** Draw in turn once the numbers stand; all of them, since nobody scrolls a page before printing it. */
function drawLater(figure) {
  queue = queue.then(() => new Promise(done => setTimeout(done)))
    .then(() => figures.get(figure.id) === figure && draw(figure))
    .catch(error => console.error(error));
}

/**
 * Put a figure into the page.
 * @param figure id, title, note; chart, rows (of the chart: name, part, value, …, go); head and table ({cells, go}).
 */
function show(figure) {
  figures.set(figure.id, figure);
  const place = $(figure.id), charts = Boolean($("vega")) && figure.rows.length > 0;
  const open = place.querySelector("details")?.open;
  const button = (kind, name) => make("button", {type: "button", onclick: () => take(figure, kind), "aria-label": `${name}: ${figure.title}`}, name);
  const lines = figure.table.map(line => make("tr", {}, line.cells.map((cell, at) => {
    const shown = typeof cell === "number" ? number(cell) : cell;
    const go = line.links?.[at] ?? (at === 0 ? line.go : null);
    const inner = go ? make("a", {href: go}, isolate(shown)) : isolate(shown);
    return at === 0 ? make("th", {scope: "row"}, inner) : make("td", {}, inner);
  })));
  const table = make("div", {className: "scroll", tabIndex: 0, role: "region", "aria-label": `أرقام: ${figure.title}`},
    make("table", {}, make("thead", {}, make("tr", {}, figure.head.map(name => make("th", {scope: "col"}, isolate(name))))), make("tbody", {}, lines)));
  place.replaceChildren(
    make("figcaption", {}, make("h3", {}, figure.title), figure.note && make("p", {}, figure.note)),
    ...(figure.table.length ? [
      charts && make("div", {className: "chart scroll", id: `chart-${figure.id}`, tabIndex: 0, role: "img", "aria-label": `${figure.title}. ${figure.note ?? ""} الأرقام في الجدول أدناه.`}),
      make("details", {open: !charts || Boolean(open)}, make("summary", {}, "الأرقام"), table),
      make("p", {className: "take"}, charts && [button("png", "PNG"), button("svg", "SVG")], button("csv", "CSV")),
    ].filter(Boolean) : [make("p", {className: "empty"}, "لا بيانات في هذا النطاق")]),
  );
  place.hidden = false;
  drawn.get(figure.id)?.view?.finalize();
  drawn.delete(figure.id);
  drawLater(figure);
}

function redraw() {
  figures.forEach(drawLater);
}
