// Two outlets on one event: who is quoted, how much, with which stance, and what one has and the other leaves out.

/** What the two call themselves: their outlets, or first and second where these tell nothing apart. */
function sideNames(pair) {
  const names = [pair.first, pair.second].map(article => lists.outlets[lists.articles[article][2]]);
  return names[0] && names[1] && names[0] !== names[1] ? names : [names[0] || "المقال الأول", names[1] && names[1] !== names[0] ? names[1] : "المقال الثاني"];
}

function count(article) {
  const found = {rows: first[article + 1] - first[article], speakers: new Map(), topics: new Map(), stances: new Map()};
  for (let row = first[article]; row < first[article + 1]; row++) {
    const speaker = columns.speaker[row], own = entry(found.speakers, speaker, () => [0, 0]);
    own[columns.score[row] >= state.c ? 0 : 1]++;
    found.topics.set(columns.topic[row], (found.topics.get(columns.topic[row]) ?? 0) + 1);
    for (let at = columns.stance[row]; at < columns.stance[row + 1]; at++) {
      const key = speaker * lists.targets.length + columns.target[at];
      entry(found.stances, key, () => new Stances()).add(columns.label[at], true, columns.certain[at]);
    }
  }
  return found;
}

function sharesFigure(pair, sides, names) {
  const speakers = ranked(new Map([...new Set(sides.flatMap(side => [...side.speakers.keys()]))].map(speaker => [speaker, sides.reduce((most, side) => most + sum(side.speakers.get(speaker)) / side.rows, 0)])), value => value);
  const rows = [];
  for (const [speaker] of speakers.slice(0, TOP))
    sides.forEach((side, at) => {
      const own = side.speakers.get(speaker) ?? [0, 0], sign = at ? -1 : 1, total = sign * sum(own) / side.rows;
      const note = sum(own) ? RLI + `${sum(own)} من ${side.rows}` + PDI : undefined, go = address({s: speaker, m: at ? pair.second : pair.first});
      for (const unsure of [0, 1]) rows.push({name: label(lists.speakers[speaker]), part: names[at], sure: !unsure, value: 100 * sign * own[unsure] / side.rows, total: 100 * total, note: unsure ? undefined : note, go});
    });
  return {
    id: "pair-shares", chart: "shares", parts: {first: names[0], second: names[1]}, rows, title: "من يُنقل عنه، وكم من المقال",
    note: `طول الشريط نسبة جمل المتحدث من جمل المقال، وبجانبه عددها من العدد كله. ${paler()}`,
    head: ["المتحدث", ...names],
    table: speakers.map(([speaker]) => ({
      links: [null, ...sides.map((side, at) => side.speakers.has(speaker) ? address({s: speaker, m: at ? pair.second : pair.first}) : null)],
      cells: [lists.speakers[speaker], ...sides.map(side => side.speakers.has(speaker) ? share(sum(side.speakers.get(speaker)), side.rows) : "—")],
    })),
  };
}
const sum = parts => parts ? parts[0] + parts[1] : 0;

function pairStancesFigure(pair, sides, names) {
  const width = lists.targets.length, keys = ranked(new Map([...new Set(sides.flatMap(side => [...side.stances.keys()]))].map(key => [key, sides.reduce((all, side) => all + (side.stances.get(key)?.taken ?? 0), 0)])), value => value).filter(([, taken]) => taken);
  const told = own => own ? [FAVOR, AGAINST].filter(kind => own.of(kind)).map(kind => `${GLYPHS[kind]}${own.of(kind)}`).join("  ") || "بلا موقف" : "لا يُذكر";
  const rows = [];
  for (const [key] of keys.slice(0, TOP))
    sides.forEach((side, at) => {
      const own = side.stances.get(key), favor = own?.of(FAVOR) ?? 0, against = own?.of(AGAINST) ?? 0;
      const name = `${label(lists.speakers[Math.floor(key / width)], 34, 1)}\n${label(`من: ${lists.targets[key % width]}`, 34, 1)}`;
      rows.push({name, column: head(names[at], 24), part: favor > against ? "مؤيد" : "معارض", value: Math.abs(favor - against) / (favor + against + 5), note: own?.sum ? LRM + told(own) : told(own), go: address({s: Math.floor(key / width), h: key % width, m: at ? pair.second : pair.first})});
    });
  return {
    id: "pair-stances", chart: "heat", rows, title: "المواقف هنا وهناك", note: "عدد جمل التأييد ▲ والمعارضة ▼ في كل مقال.",
    head: ["المتحدث", "الهدف", ...names],
    table: keys.map(([key]) => ({
      links: [null, null, ...sides.map((side, at) => side.stances.get(key) ? address({s: Math.floor(key / width), h: key % width, m: at ? pair.second : pair.first}) : null)],
      cells: [lists.speakers[Math.floor(key / width)], lists.targets[key % width], ...sides.map(side => told(side.stances.get(key)))],
    })),
  };
}

async function pairSentences(pair, names) {
  const matched = new Set(pair.same.flatMap(([one, other]) => [one, other]));
  const common = await Promise.all(pair.same.map(async ([one, other, likeness]) => make("li", {className: "two"}, await bare(one), await bare(other), make("small", {}, `تشابه ${percent(likeness)}`))));
  const alone = await Promise.all([pair.first, pair.second].map(async article => {
    const rows = [];
    for (let row = first[article]; row < first[article + 1]; row++) if (!matched.has(row)) rows.push(row);
    return Promise.all(rows.map(bare));
  }));
  return [
    make("details", {open: true}, make("summary", {}, `جمل متقابلة: ${number(common.length)}`), make("ol", {className: "common"}, common)),
    make("div", {className: "two"}, alone.map((items, at) => make("details", {open: true}, make("summary", {}, "لا نظير لها في الآخر — ", isolate(names[at]), `: ${number(items.length)}`), make("ol", {}, items.map(item => make("li", {}, item)))))),
  ];
}

async function bare(row) {
  const speaker = columns.speaker[row];
  return make("div", {className: `s ${speaker === NARRATOR ? "narrator" : speaker === UNDECIDED ? "undecided" : "quoted"}`}, marked(row, await text(row)), make("p", {className: "who"}, isolate(lists.speakers[speaker]), " ", sureness(columns.score[row])));
}

/** Show the pair that the state names, or the nearest of those in scope. */
async function pairs() {
  const all = lists.pairs, open = $("pair-choice");
  $("pairs").hidden = !all.length;
  if (!all.length) return;
  if (!open.options.length) {
    open.append(...all.map((pair, at) => {
      const [one, other] = [pair.first, pair.second].map(article => lists.articles[article]);
      return make("option", {value: at}, `${one[1]} ↔ ${other[1]} (${outletName(one[2])}، ${outletName(other[2])})`);
    }));
  }
  const at = state.p !== null && state.p < all.length ? state.p : 0, pair = all[at], names = sideNames(pair);
  open.value = at;
  const sides = [count(pair.first), count(pair.second)];
  const only = (own, other) => [...own.speakers].filter(([speaker]) => speaker > UNDECIDED && !other.speakers.has(speaker)).map(([speaker]) => lists.speakers[speaker]);
  const head = [pair.first, pair.second].map((number_, side) => {
    const article = lists.articles[number_], own = sides[side], alone = only(own, sides[1 - side]);
    const quoted = [...own.speakers].filter(([speaker]) => speaker > UNDECIDED).reduce((all, [, parts]) => all + sum(parts), 0);
    return make("div", {className: side ? "side second" : "side first"}, make("h3", {}, make("a", {href: address({m: number_})}, isolate(article[1]))), make("p", {}, isolate(articleLine(article))),
      make("p", {}, `منسوب لمتحدث: ${share(quoted, own.rows)}`),
      make("p", {}, alone.length ? `يُنقل عنه هنا وحده: ` : "لا متحدث ينفرد به", alone.length && isolate(alone.join("، "))));
  });
  $("pair-head").replaceChildren(...head);
  $("pair-why").textContent = `تشابه المقالين ${percent(pair.likeness)}؛ أبرز المشترك: ${pair.words.join("، ")}.`;
  show(sharesFigure(pair, sides, names));
  const stances = pairStancesFigure(pair, sides, names);
  if (stances.table.length) show(stances);
  else $("pair-stances").hidden = true;
  const found = await pairSentences(pair, names);
  if (at === (state.p ?? 0)) $("pair-sentences").replaceChildren(...found);
}
