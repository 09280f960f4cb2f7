// The page: its controls write the address, and every change of the address draws what it asks for.
const option = (value, name) => make("option", {value: value ?? ""}, name);

function controls() {
  const days = dayOf.filter(day => day >= 0);
  const from = days.reduce((least, day) => Math.min(least, day), Infinity), until = days.reduce((most, day) => Math.max(most, day), -1);
  $("outlet").append(option(null, "كل الوسائل"), ...lists.outlets.map((name, at) => [outletName(at), at]).sort((a, b) => a[0].localeCompare(b[0], "ar")).map(([name, at]) => option(at, name)));
  $("outlet").closest("label").hidden = lists.outlets.length < 2;
  for (const id of ["from", "until"]) {
    $(id).closest("label").hidden = until <= from;
    if (until > from) [$(id).min, $(id).max] = [isoDay(from), isoDay(until)];
  }
  $("target").append(...lists.targets.map((name, at) => option(at, name)));
  const go = (key, value) => { location.hash = address({[key]: value}); };
  $("outlet").onchange = () => go("o", $("outlet").value === "" ? null : Number($("outlet").value));
  $("from").onchange = () => go("a", $("from").value ? dayNumber($("from").value) : null);
  $("until").onchange = () => go("b", $("until").value ? dayNumber($("until").value) : null);
  $("sure").onchange = () => go("c", Number($("sure").value));
  $("target").onchange = () => go("g", Number($("target").value));
  $("speaker").onchange = () => go("v", $("speaker").value === "" ? null : Number($("speaker").value));
  $("pair-choice").onchange = () => go("p", Number($("pair-choice").value));
  $("reset").onclick = () => { location.hash = "#"; };
  $("order").onchange = () => sentences(inScope());
  $("more").onclick = more;
  $("take").onclick = takeSentences;
  if (from <= until) $("span").textContent = from === until ? isoDay(from) : `${isoDay(from)} – ${isoDay(until)}`;
  const named = lists.outlets.filter(Boolean);
  $("outlets").textContent = named.length > 3 ? `عدد الوسائل: ${number(named.length)}` : named.join("، ");
}

function fillControls(found) {
  $("outlet").value = state.o ?? "";
  $("from").value = state.a === null ? "" : isoDay(state.a);
  $("until").value = state.b === null ? "" : isoDay(state.b);
  $("sure").value = state.c;
  if (lists.targets.length) $("target").value = found.target;
  const speakers = ranked(found.bySpeaker, own => own.sum).slice(0, 100).map(([speaker]) => speaker);
  if (state.v !== null && !speakers.includes(state.v)) speakers.unshift(state.v);
  $("speaker").replaceChildren(option(null, "كل المتحدثين"), ...speakers.map(speaker => option(speaker, lists.speakers[speaker])));
  $("speaker").value = state.v ?? "";
}

let before = {};
const changed = keys => keys.some(key => before[key] !== state[key]);

async function render() {
  readState();
  const start = !("c" in before), rows = inScope();
  // The links of the figures carry the scope and the pair.
  if (start || changed([...SCOPE, "p"])) fillControls(overview(rows));
  const waits = [];
  if (start || changed(["p", "c"])) waits.push(pairs());
  if (start || changed([...SCOPE, ...CHOICE])) waits.push(sentences(rows));
  const jump = !start && changed(CHOICE) && choiceNames().length;
  before = {...state};
  await Promise.all(waits);
  if (jump) {
    $("sentences").scrollIntoView();
    $("sentences-head").focus({preventScroll: true});
  }
  document.body.dataset.ready = "yes";
}

load().then(() => {
  controls();
  addEventListener("hashchange", render);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width) { width = innerWidth; redraw(); }
  });
  return render();
}).catch(error => {
  $("fault").hidden = false;
  $("fault").append(` (${error})`);
});
