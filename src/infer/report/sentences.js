// The sentences behind every figure, with how sure the model was; read from their blocks as they are shown.
const PAGE = 50;
let chosen = [], listed = 0, turn = 0;

/** What marks a kind of stance beside its name, so that colour alone need not. */
const glyph = kind => GLYPHS[kind] ?? (kind === ABSTAINED ? "؟" : kind === NONE ? "" : "◆");
const kindClass = kind => ["undecided", "favor", "against", "none"][kind] ?? "other";

function fits(row) {
  const article = columns.article[row], day = dayOf[article];
  if (state.s !== null && columns.speaker[row] !== state.s) return false;
  if (state.t !== null && columns.topic[row] !== state.t) return false;
  if (state.m !== null && article !== state.m) return false;
  if (state.w !== null && outletOf[article] !== state.w) return false;
  if (state.f !== null && day < state.f) return false;
  if (state.u !== null && (day > state.u || day < 0)) return false;
  if (state.h !== null) {
    const at = stanceAt(row, state.h);
    return at >= 0 && (state.l === null || columns.label[at] === state.l);
  }
  if (state.l !== null) {
    for (let at = columns.stance[row]; at < columns.stance[row + 1]; at++) if (columns.label[at] === state.l) return true;
    return false;
  }
  return true;
}

/** What is chosen, in words; each word can be taken back. */
function choiceNames() {
  const names = {
    s: () => `المتحدث: ${lists.speakers[state.s]}`, t: () => `الموضوع: ${lists.topics[state.t]}`,
    h: () => `الهدف: ${lists.targets[state.h]}`, l: () => `الموقف: ${lists.labels[state.l]}`,
    m: () => `المقال: ${lists.articles[state.m]?.[1]}`, w: () => `الوسيلة: ${outletName(state.w)}`,
    f: () => `من ${LRM}${isoDay(state.f)}`, u: () => `إلى ${LRM}${isoDay(state.u)}`,
  };
  return Object.entries(names).filter(([key]) => state[key] !== null).map(([key, name]) => [key, name()]);
}

function marked(row, content) {
  const begin = columns.begin[row], end = columns.end[row];
  const sentence = make("p", {dir: /[\u0620-\u06d3]/.test(content) ? "rtl" : "ltr"});
  if (end) sentence.append(content.slice(0, begin), make("u", {}, content.slice(begin, end)), content.slice(end));
  else sentence.append(content);
  return sentence;
}

const sureness = value => make("span", {className: value < state.c ? "pc low" : "pc", title: value < state.c ? "ثقة دون الحد المختار" : "الثقة"}, percent(value));

async function sentence(row) {
  const speaker = columns.speaker[row], kind = speaker === NARRATOR ? "narrator" : speaker === UNDECIDED ? "undecided" : "quoted";
  const stances = [];
  for (let at = columns.stance[row]; at < columns.stance[row + 1]; at++) {
    const label = columns.label[at];
    stances.push([label, make("li", {className: kindClass(label)}, make("b", {"aria-hidden": "true"}, glyph(label)), " ", isolate(lists.labels[label]), ": ", isolate(lists.targets[columns.target[at]]), " ", sureness(columns.certain[at]))]);
  }
  const taken = stances.filter(([label]) => label !== NONE), rest = stances.filter(([label]) => label === NONE);
  return make("li", {className: `s ${kind}`},
    marked(row, await text(row)),
    make("div", {className: "aside"},
      make("p", {className: "who"}, make("a", {href: address({s: speaker, m: columns.article[row]})}, isolate(lists.speakers[speaker])), speaker === UNDECIDED && " (امتناع)", " ", sureness(columns.score[row])),
      make("p", {}, columns.topic[row] === ABSTAINED ? "الموضوع: " : "", isolate(lists.topics[columns.topic[row]]), " ", sureness(columns.topic_score[row])),
      speaker !== NARRATOR && make("p", {}, "احتمال أنه الراوي ", percent(columns.narrator[row])),
      taken.length && make("ul", {}, taken.map(([, item]) => item)),
      rest.length && make("details", {}, make("summary", {}, `بلا موقف: ${rest.length}`), make("ul", {}, rest.map(([, item]) => item)))));
}

const articleLine = article => [outletName(article[2]), article[3] && LRM + article[3]].filter(Boolean).join(" · ");

async function more() {
  const own = turn, rows = chosen.slice(listed, listed + PAGE);
  const items = await Promise.all(rows.map(sentence));
  if (own !== turn) return;
  let place = $("list").lastElementChild?.querySelector("ol");
  rows.forEach((row, at) => {
    const number = columns.article[row];
    if (!place || place.dataset.article !== String(number)) {
      const article = lists.articles[number];
      place = make("ol");
      place.dataset.article = number;
      $("list").append(make("article", {}, make("header", {}, make("h3", {}, make("a", {href: address({m: number})}, isolate(article[1]))), make("p", {}, isolate(articleLine(article)))), place));
    }
    place.append(items[at]);
  });
  listed += rows.length;
  $("shown").textContent = chosen.length ? `المعروض ${number(listed)} من ${number(chosen.length)} جملة` : "لا جملة توافق الاختيار";
  $("more").hidden = listed >= chosen.length;
}

function sentences(rows) {
  turn++;
  chosen = rows.filter(fits);
  const order = $("order").value;
  if (order !== "text") chosen.sort((a, b) => (columns.score[a] - columns.score[b]) * (order === "low" ? 1 : -1) || a - b);
  listed = 0;
  $("list").replaceChildren();
  const names = choiceNames();
  $("choice").replaceChildren(...names.map(([key, name]) => make("a", {href: address({...Object.fromEntries(CHOICE.map(key => [key, state[key]])), [key]: null}), title: "إلغاء هذا الاختيار"}, isolate(name), make("span", {"aria-hidden": "true"}, " ✕"))));
  if (names.length > 1) $("choice").append(make("a", {href: address({s: null})}, "إلغاء الكل"));
  return more();
}

async function takeSentences() {
  const lines = [["المقال", "العنوان", "الوسيلة", "التاريخ", "الجملة", "المتحدث", "ثقة المتحدث", "الموضوع", "ثقة الموضوع", "الهدف", "الموقف", "ثقة الموقف"]];
  for (const row of chosen) {
    const article = lists.articles[columns.article[row]];
    const own = [article[0], article[1], outletName(article[2]), article[3], await text(row), lists.speakers[columns.speaker[row]], columns.score[row], lists.topics[columns.topic[row]], columns.topic_score[row]];
    const from = columns.stance[row], until = columns.stance[row + 1];
    if (from === until) lines.push(own);
    for (let at = from; at < until; at++)
      if (state.h === null || columns.target[at] === state.h) lines.push([...own, lists.targets[columns.target[at]], lists.labels[columns.label[at]], columns.certain[at]]);
  }
  save("sentences.csv", csv(lines), "text/csv");
}
