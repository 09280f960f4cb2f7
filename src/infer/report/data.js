// What the page carries: unpacked once, counted often. Texts are opened block by block when they are shown.
const $ = id => document.getElementById(id);
const LRM = "\u200e", RLI = "\u2067", PDI = "\u2069";
const NARRATOR = 0, UNDECIDED = 1, ABSTAINED = 0, FAVOR = 1, AGAINST = 2, NONE = 3;
const FEW = 20; // below so many sentences a share says too little: only the counts are shown

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "for" || name === "role") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.flat().filter(Boolean));
  return node;
}

const number = value => value.toLocaleString("en");
const percent = value => `${LRM}${value}%`;
const isolate = text => make("bdi", {}, text);

/** A count, with its share where there are enough sentences to speak of one. */
function share(count, of) {
  if (of < FEW) return `${number(count)} من ${number(of)}`;
  const exact = 100 * count / of;
  const shown = count && exact < 1 ? "<1" : exact > 99 && count < of ? ">99" : Math.round(exact);
  return `${number(count)} (${LRM}${shown}%)`;
}

async function unpack(id) {
  const packed = atob($(id).textContent.trim()), bytes = new Uint8Array(packed.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = packed.charCodeAt(at);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
const unpackJson = async id => JSON.parse(new TextDecoder().decode(await unpack(id)));

let lists, columns, size, first, outletOf, dayOf;

async function load() {
  lists = await unpackJson("lists");
  const raw = await unpack("columns");
  columns = {};
  let at = 0;
  for (const [name, width, length] of lists.columns) {
    columns[name] = width === 4 ? new Uint32Array(raw, at, length) : new Uint8Array(raw, at, length);
    at += width * length;
  }
  size = columns.article.length;
  first = new Uint32Array(lists.articles.length + 1).fill(size); // where the sentences of each article begin
  for (let row = size - 1; row >= 0; row--) first[columns.article[row]] = row;
  outletOf = Uint32Array.from(lists.articles, article => article[2]);
  dayOf = Int32Array.from(lists.articles, article => article[4]);
}

const blocks = new Map();
const KEPT = 24;

function block(number) {
  if (!blocks.has(number)) {
    blocks.set(number, unpackJson(`texts-${number}`));
    if (blocks.size > KEPT) blocks.delete(blocks.keys().next().value);
  }
  return blocks.get(number);
}

/** The sentence's text. */
async function text(row) {
  const wanted = columns.text[row];
  let low = 0, high = lists.blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lists.blocks[middle] <= wanted) low = middle; else high = middle - 1;
  }
  return (await block(low))[wanted - lists.blocks[low]];
}

const DAY = 86400000, EPOCH = 719163; // 1 January 1970, counted from the year 1 as Python does
const isoDay = day => new Date((day - EPOCH) * DAY).toISOString().slice(0, 10);
const dayNumber = iso => Math.round(Date.parse(iso) / DAY) + EPOCH;
const outletName = outlet => lists.outlets[outlet] || "وسيلة غير مذكورة";

// The state of the page stands in its address: every figure is a link, and going back undoes.
const SCOPE = ["o", "a", "b", "c", "g", "v"]; // outlet, from day, to day, sure from, target, speaker of the time line
const CHOICE = ["s", "t", "h", "l", "m", "f", "u", "w"]; // speaker, topic, asked target, label, article, from day, until day, outlet
const state = {};

function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const key of [...SCOPE, ...CHOICE, "p"]) {
    const value = given.get(key);
    state[key] = value === null || !/^\d{1,9}$/.test(value) ? null : Number(value);
  }
  state.c ??= 70;
}

/** The address of this state with some changes; a new choice of sentences forgets the last one. */
function address(changes) {
  const next = new URLSearchParams(), fresh = CHOICE.some(key => key in changes);
  for (const [key, value] of Object.entries({...state, ...(fresh && Object.fromEntries(CHOICE.map(key => [key, null]))), ...changes}))
    if (value !== null && !(key === "c" && value === 70)) next.set(key, value);
  return `#${next}`;
}

/** The sentences that outlet and dates leave, in reading order. */
function inScope() {
  const rows = [];
  for (let article = 0; article < lists.articles.length; article++) {
    if (state.o !== null && outletOf[article] !== state.o) continue;
    if (state.a !== null && dayOf[article] < state.a) continue;
    if (state.b !== null && (dayOf[article] > state.b || dayOf[article] < 0)) continue;
    for (let row = first[article]; row < first[article + 1]; row++) rows.push(row);
  }
  return rows;
}

/** Where the stance of a sentence toward a target stands among the stances, or -1. */
function stanceAt(row, target) {
  for (let at = columns.stance[row]; at < columns.stance[row + 1]; at++) if (columns.target[at] === target) return at;
  return -1;
}
