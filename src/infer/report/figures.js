// The overview: who speaks, about what, and where they stand, by outlet and over time.
const GLYPHS = {[FAVOR]: "▲", [AGAINST]: "▼"};
const paler = () => `الأبهت أقل ثقة من ${percent(state.c)}.`;

function tiles(found) {
  const part = (count, of) => of ? share(count, of) : "لا شيء";
  const tile = (name, value, note, go) => make("div", {},
    make("dt", {}, go ? make("a", {href: go}, name) : name), make("dd", {}, value, note && make("small", {}, note)));
  $("tiles").replaceChildren(
    tile("المقالات", number(found.articles)),
    tile("الجمل", number(found.rows)),
    tile("المتحدثون", number(found.speakers.size)),
    tile("جمل منسوبة لمتحدث", part(found.quoted, found.rows), found.quoted ? `بثقة ${percent(state.c)} فأكثر: ${share(found.sure, found.quoted)}` : ""),
    tile("امتناع عن المتحدث", part(found.undecided, found.rows), "", address({s: UNDECIDED})),
    tile("امتناع عن الموضوع", part(found.noTopic, found.rows), "", address({t: ABSTAINED})),
    found.asked ? tile("امتناع عن الموقف", part(found.noStance, found.asked), "من أسئلة الموقف", address({l: ABSTAINED})) : "",
  );
}

function speakersFigure(found) {
  const order = ranked(found.speakers, own => own.sure + own.unsure), rows = [];
  for (const [speaker, own] of order.slice(0, TOP)) {
    const total = own.sure + own.unsure, name = label(lists.speakers[speaker]), go = address({s: speaker});
    rows.push({name, part: "منسوبة لمتحدث", sure: true, value: own.sure, total, note: RLI + share(total, found.quoted) + PDI, go});
    rows.push({name, part: "منسوبة لمتحدث", sure: false, value: own.unsure, go});
  }
  return {
    id: "speakers", chart: "bars", title: "من يتحدث أكثر؟", rows,
    note: `جمل كل متحدث من ${number(found.quoted)} جملة منسوبة. ${paler()}`,
    head: ["المتحدث", "الجمل", "الحصة من المنسوب", "المقالات", `بثقة ${percent(state.c)} فأكثر`, "متوسط الثقة"],
    table: order.slice(0, 200).map(([speaker, own]) => ({
      go: address({s: speaker}),
      cells: [lists.speakers[speaker], own.sure + own.unsure, share(own.sure + own.unsure, found.quoted), own.articles, own.sure, percent(Math.round(own.score / (own.sure + own.unsure)))],
    })),
  };
}

function topicsFigure(found) {
  const topics = ranked(found.topics, count => count), outlets = ranked(found.outlets, own => own.rows);
  const shown = outlets.slice(0, OUTLETS), rows = [];
  const enough = shown.filter(([, own]) => own.rows >= FEW);
  const most = Math.max(0.01, ...enough.map(([, own]) => Math.max(...own.topics.values()) / own.rows)); // the darkest cell
  for (const [topic] of topics)
    for (const [outlet, own] of shown) {
      const count = own.topics.get(topic) ?? 0, few = own.rows < FEW;
      const column = head(outletName(outlet), 12, `${LRM}n=${number(own.rows)}`);
      const note = !count ? "" : few ? number(count) : `${LRM}${Math.round(100 * count / own.rows)}%`;
      rows.push({name: label(lists.topics[topic]), column, part: "", value: few ? 0 : count / own.rows / most, note, go: address({t: topic, w: outlet})});
    }
  return {
    id: "topics", chart: "heat", title: "الموضوعات بحسب الوسيلة", rows, least: 190 + 70 * shown.length,
    note: `حصة كل موضوع من جمل الوسيلة؛ n عدد جملها، وما قلّ عن ${FEW} جملة يُعرض عددًا لا نسبة.${outlets.length > OUTLETS ? ` المعروض ${OUTLETS} من ${number(outlets.length)} وسيلة، والباقي في الجدول.` : ""}`,
    head: ["الموضوع", "كل الجمل", ...outlets.slice(0, 40).map(([outlet]) => outletName(outlet))],
    table: topics.map(([topic, count]) => ({
      go: address({t: topic}),
      links: [address({t: topic}), null, ...outlets.slice(0, 40).map(([outlet, own]) => own.topics.get(topic) ? address({t: topic, w: outlet}) : null)],
      cells: [lists.topics[topic], share(count, found.rows), ...outlets.slice(0, 40).map(([, own]) => share(own.topics.get(topic) ?? 0, own.rows))],
    })),
  };
}

function gridFigure(found) {
  const taken = new Map([...found.grid].map(([speaker, targets]) => [speaker, [...targets.values()].reduce((sum, own) => sum + own.taken, 0)]));
  const speakers = ranked(taken, count => count).filter(([speaker, count]) => count && speaker !== UNDECIDED), targets = ranked(found.targets, own => own.taken);
  const rows = [], shown = targets.slice(0, GRID_TARGETS);
  for (const [speaker] of speakers.slice(0, GRID_SPEAKERS))
    for (const [target] of shown) {
      const own = found.grid.get(speaker).get(target) ?? new Stances(), favor = own.of(FAVOR), against = own.of(AGAINST);
      // Five imagined sentences without a side keep a cell of few real ones pale.
      const value = Math.abs(favor - against) / (favor + against + 5);
      const note = [favor && `${GLYPHS[FAVOR]}${number(favor)}`, against && `${GLYPHS[AGAINST]}${number(against)}`].filter(Boolean).join("  ");
      rows.push({name: label(lists.speakers[speaker]), column: head(lists.targets[target], 13), part: favor > against ? "مؤيد" : "معارض", value, note: note && LRM + note, go: address({s: speaker, h: target})});
    }
  const sides = own => own ? [FAVOR, AGAINST].filter(kind => own.of(kind)).map(kind => `${GLYPHS[kind]} ${own.of(kind)}`).join("  ") || `بلا موقف (${own.sum})` : "";
  return {
    id: "grid", chart: "heat", title: "من يقف أين؟", rows, least: 190 + 84 * shown.length,
    note: "عدد جمل التأييد ▲ والمعارضة ▼ لكل متحدث من كل هدف؛ كلما قل العدد أو تعادل الجانبان بهت اللون.",
    head: ["المتحدث", ...targets.slice(0, 40).map(([target]) => lists.targets[target])],
    table: speakers.slice(0, 200).map(([speaker]) => ({
      go: address({s: speaker}),
      links: [address({s: speaker}), ...targets.slice(0, 40).map(([target]) => found.grid.get(speaker).get(target) ? address({s: speaker, h: target}) : null)],
      cells: [lists.speakers[speaker], ...targets.slice(0, 40).map(([target]) => sides(found.grid.get(speaker).get(target)))],
    })),
  };
}

/** Stances of groups toward one target: bars to both sides, or columns over time. */
function stanceFigure(id, chart, title, note, head, groups) {
  const rows = [], others = lists.labels.map((name, kind) => kind).filter(kind => kind > NONE);
  for (const {name, own, go} of chart === "stances" ? groups.filter(group => !group.untold && group.own.of(FAVOR) + group.own.of(AGAINST)).slice(0, TOP) : groups) {
    for (const [kind, part, sign] of [[FAVOR, "مؤيد", 1], [AGAINST, "معارض", -1]])
      for (const unsure of [0, 1]) {
        const value = sign * (own?.counts[2 * kind + unsure] ?? 0);
        const total = sign * (own?.of(kind) ?? 0), note = unsure === 0 && total && chart === "stances" ? number(Math.abs(total)) : undefined;
        if (value || note || chart !== "stances") rows.push({name: chart === "stances" ? label(name) : name, part, sure: !unsure, value, total, note, go: go({l: kind})});
      }
  }
  const kinds = [FAVOR, AGAINST, ...others, NONE, ABSTAINED];
  return {
    id, chart, title, note, rows: rows.some(row => row.value) ? rows : [],
    head: [head, ...kinds.map(kind => lists.labels[kind]), "كل الجمل", "متوسط الثقة"],
    table: groups.filter(group => group.own).slice(0, 200).map(({name, own, go}) => ({
      links: [go({}), ...kinds.map(kind => own.of(kind) ? go({l: kind}) : null)],
      cells: [name, ...kinds.map(kind => own.of(kind)), own.sum, percent(Math.round(own.certain / own.sum))],
    })),
  };
}

function stanceFigures(found) {
  const target = found.target, name = lists.targets[target], every = found.targets.get(target) ?? new Stances();
  const taken = own => own.taken * 1e6 + own.sum;
  const note = `${number(every.of(FAVOR))} جملة مؤيدة و${number(every.of(AGAINST))} معارضة من ${number(every.sum)} سُئلت؛ امتناع: ${share(every.of(ABSTAINED), every.sum)}. ${paler()}`;
  const who = ranked(found.bySpeaker, taken).map(([speaker, own]) => ({name: lists.speakers[speaker], own, untold: speaker === UNDECIDED, go: more => address({s: speaker, h: target, ...more})}));
  const outlets = ranked(found.byOutlet, taken).map(([outlet, own]) => ({name: outletName(outlet), own, go: more => address({w: outlet, h: target, ...more})}));
  show(stanceFigure("by-speaker", "stances", `الموقف من «${name}» بحسب المتحدث`, note, "المتحدث", who));
  if (found.outlets.size > 1) show(stanceFigure("by-outlet", "stances", `الموقف من «${name}» بحسب الوسيلة`, `مواقف من تنقل الوسيلة أقوالهم ومواقفها، من ${number(every.sum)} جملة سُئلت. ${paler()}`, "الوسيلة", outlets));
  else $("by-outlet").hidden = true;
  const times = found.periods?.names.map((period, at) => ({name: period, own: found.byPeriod.get(at), go: more => address({...found.periods.go[at], h: target, ...(state.v !== null && {s: state.v}), ...more})}));
  const speaker = state.v === null ? "" : `، ${lists.speakers[state.v]}`;
  $("over-time").hidden = $("time-speaker").hidden = !times;
  if (times) show(stanceFigure("over-time", "stance_time", `الموقف من «${name}» عبر الزمن${speaker}`, `عدد الجمل ${found.periods.name}، من ${number(times.reduce((all, {own}) => all + (own?.sum ?? 0), 0))} جملة سُئلت: التأييد فوق الخط والمعارضة تحته. ${paler()}`, "الفترة", times));
}

function coverageFigure(found) {
  const parts = {quoted: "منسوبة لمتحدث", narrator: "الراوي", undecided: "غير محسوم"}, rows = [];
  const own = at => found.coverage.get(at) ?? {quoted: 0, narrator: 0, undecided: 0};
  found.periods.names.forEach((name, at) => {
    for (const [kind, part] of Object.entries(parts)) rows.push({name, part, sure: true, value: own(at)[kind], go: address(found.periods.go[at])});
  });
  return {
    id: "coverage", chart: "coverage", title: "حجم التغطية عبر الزمن", note: `عدد الجمل ${found.periods.name}.`, rows,
    head: ["الفترة", ...Object.values(parts)],
    table: found.periods.names.map((name, at) => ({go: address(found.periods.go[at]), cells: [name, ...Object.keys(parts).map(kind => own(at)[kind])]})),
  };
}

function overview(rows) {
  const found = tally(rows);
  tiles(found);
  show(speakersFigure(found));
  show(topicsFigure(found));
  if (lists.targets.length) {
    show(gridFigure(found));
    stanceFigures(found);
  }
  $("stances").hidden = !lists.targets.length;
  if (found.periods) show(coverageFigure(found));
  else $("coverage").hidden = true;
  return found;
}
