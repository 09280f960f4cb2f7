// One pass over the sentences in scope counts all that the figures show.
const TOP = 15, GRID_SPEAKERS = 12, GRID_TARGETS = 7, OUTLETS = 8;

/** Counts of a group's stances: [label][0 surer, 1 less sure]. */
class Stances {
  constructor() { this.counts = new Uint32Array(2 * lists.labels.length); this.sum = 0; this.certain = 0; }
  add(label, sure, certain) { this.counts[2 * label + (sure ? 0 : 1)]++; this.sum++; this.certain += certain; }
  of(label) { return this.counts[2 * label] + this.counts[2 * label + 1]; }
  get taken() { return this.sum - this.of(ABSTAINED) - this.of(NONE); }
}

const entry = (map, key, fresh) => map.get(key) ?? map.set(key, fresh()).get(key);
const ranked = (map, value) => [...map].sort((a, b) => value(b[1]) - value(a[1]) || a[0] - b[0]);

/** The days of the articles in scope cut into days, weeks from Monday, or months, as their span asks. */
function periods(rows) {
  let from = Infinity, until = -1;
  for (const row of rows) {
    const day = dayOf[columns.article[row]];
    if (day >= 0) { from = Math.min(from, day); until = Math.max(until, day); }
  }
  if (until < 0 || from === until) return null;
  const span = until - from, unit = span <= 45 ? "day" : span <= 300 ? "week" : "month";
  const begin = day => unit === "day" ? day : unit === "week" ? day - (day - 1) % 7 : dayNumber(`${isoDay(day).slice(0, 7)}-01`);
  const begins = [];
  for (let day = begin(from); day <= until; ) {
    begins.push(day);
    day = begin(unit === "day" ? day + 1 : unit === "week" ? day + 7 : day + 32);
  }
  const places = new Int32Array(span + 1);
  for (let day = from, at = 0; day <= until; day++) {
    while (at + 1 < begins.length && begins[at + 1] <= day) at++;
    places[day - from] = at;
  }
  return {
    name: {day: "كل يوم", week: "كل أسبوع، من الاثنين", month: "كل شهر"}[unit],
    at: day => day < 0 ? -1 : places[day - from],
    names: begins.map(day => unit === "month" ? isoDay(day).slice(0, 7) : isoDay(day)),
    go: begins.map((day, at) => ({f: Math.max(day, from), u: Math.min(until, (begins[at + 1] ?? until + 1) - 1)})),
  };
}

/** The target with most stances in scope, unless one is chosen. */
function chosenTarget(rows) {
  if (state.g !== null && state.g < lists.targets.length) return state.g;
  const taken = new Uint32Array(lists.targets.length);
  for (const row of rows)
    for (let at = columns.stance[row]; at < columns.stance[row + 1]; at++) taken[columns.target[at]] += columns.label[at] !== NONE && columns.label[at] !== ABSTAINED;
  return taken.reduce((best, count, target) => count > taken[best] ? target : best, 0);
}

function tally(rows) {
  const found = {
    rows: rows.length, articles: 0, quoted: 0, narrator: 0, undecided: 0, noTopic: 0, asked: 0, noStance: 0, sure: 0,
    speakers: new Map(), topics: new Map(), outlets: new Map(), grid: new Map(), targets: new Map(),
    bySpeaker: new Map(), byOutlet: new Map(), byPeriod: new Map(), coverage: new Map(),
    target: chosenTarget(rows), periods: periods(rows),
  };
  let article = -1;
  for (const row of rows) {
    const speaker = columns.speaker[row], topic = columns.topic[row], outlet = outletOf[columns.article[row]];
    const sure = columns.score[row] >= state.c, period = found.periods?.at(dayOf[columns.article[row]]) ?? -1;
    if (article !== columns.article[row]) { article = columns.article[row]; found.articles++; }
    const kind = speaker === NARRATOR ? "narrator" : speaker === UNDECIDED ? "undecided" : "quoted";
    found[kind]++;
    if (kind === "quoted") {
      found.sure += sure;
      const own = entry(found.speakers, speaker, () => ({sure: 0, unsure: 0, score: 0, articles: 0, last: -1}));
      own[sure ? "sure" : "unsure"]++;
      own.score += columns.score[row];
      if (own.last !== article) { own.last = article; own.articles++; }
    }
    if (period >= 0) entry(found.coverage, period, () => ({narrator: 0, undecided: 0, quoted: 0}))[kind]++;
    found.noTopic += topic === ABSTAINED;
    const inOutlet = entry(found.outlets, outlet, () => ({rows: 0, topics: new Map()}));
    inOutlet.rows++;
    inOutlet.topics.set(topic, (inOutlet.topics.get(topic) ?? 0) + 1);
    found.topics.set(topic, (found.topics.get(topic) ?? 0) + 1);
    for (let at = columns.stance[row]; at < columns.stance[row + 1]; at++) {
      const label = columns.label[at], target = columns.target[at], certain = columns.certain[at];
      const surely = sure && certain >= state.c;
      found.asked++;
      found.noStance += label === ABSTAINED;
      const add = (map, key) => entry(map, key, () => new Stances()).add(label, surely, certain);
      add(found.targets, target);
      add(entry(found.grid, speaker, () => new Map()), target);
      if (target !== found.target) continue;
      add(found.bySpeaker, speaker);
      add(found.byOutlet, outlet);
      if (period >= 0 && (state.v === null || state.v === speaker)) add(found.byPeriod, period);
    }
  }
  return found;
}
