// The browser of examples: sentences as several networks translate them, to be filtered, sorted,
// searched and linked to. The words come from a corpus and from networks, so they reach the page as
// text only. report/examples/browser_data.py says what the data hold.
const PER_PAGE = 10;
const TO_EXAMPLES = "#examples?";

showAll(".examples", showExamples);

function showExamples(place, data) {
  const { networks, texts, scores } = data;
  const searched = searchable(texts);
  const form = element("form", "choices");
  const [controls, initial] = addControls(form, data);
  const status = Object.assign(element("p", "status"), { role: "status" });
  const list = element("ol", "sentences");
  const [back, on] = ["← Previous page", "Next page →"].map((text) => (
    Object.assign(element("button", "", text), { type: "button" })
  ));
  const which = element("span");
  const pages = element("div", "pages");
  pages.append(back, which, on);
  const clear = Object.assign(element("button", "", "Clear"), { type: "button" });
  const link = element("a", "", "Link to this view");
  const said = element("div", "said");
  said.append(status, link, clear);
  place.replaceChildren(form, help(), said, list, pages);

  const section = place.closest("details.section");
  let found = [];
  let at = 0; // of the current sentence among those found
  let remembering = 0;
  const value = (name) => controls[name]?.value ?? "";
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (target === controls.metric) controls.by.value = String(metric().margin);
    refresh();
    remember();
  });
  clear.addEventListener("click", () => { clearAll(); controls.search.focus(); });
  back.addEventListener("click", () => turn(-1));
  on.addEventListener("click", () => turn(1));
  list.addEventListener("focusin", (event) => {
    at = firstShown() + [...list.children].indexOf(event.target.closest("ol.sentences > li"));
    point();
  });
  section.addEventListener("keydown", onKey);
  addEventListener("hashchange", () => readLink());
  if (!readLink()) refresh();

  // ------------------------------------------------------------------- which sentences

  function metric() {
    return data.metrics.find(({ name }) => name === value("metric"));
  }

  function network() {
    return networks.findIndex(({ id }) => id === value("network"));
  }

  // The networks that the chosen one is compared with.
  function others() {
    const own = network();
    const { control } = networks[own];
    if (control !== null && value("against") === "control") return [control];
    if (control !== null && value("against") === "both") return [0, control];
    return own === 0 ? [] : [0];
  }

  // Gives by how much the chosen network is better than all that it is compared with, or, below 0,
  // worse than all of them.
  function change() {
    const { name, better } = metric();
    const [own, compared, of] = [network(), others(), scores[name]];
    return (sentence) => {
      const ours = better * of[own][sentence];
      const theirs = compared.map((other) => better * of[other][sentence]);
      const [low, high] = [Math.min(...theirs), Math.max(...theirs)];
      if (!theirs.length) return 0;
      return ours < low ? ours - low : Math.max(0, ours - high);
    };
  }

  function conditions() {
    const holding = [];
    const when = (name, make) => value(name) && holding.push(make(value(name)));
    when("search", (text) => {
      const [wanted, within] = [uncased(text), searched[value("within")]];
      return (sentence) => within[sentence].includes(wanted);
    });
    when("test_set", (name) => {
      const wanted = data.test_sets.indexOf(name);
      return (sentence) => data.places[sentence][0] === wanted;
    });
    data.cuts.forEach(({ kind, names, first }) => when(`slice_${kind}`, (name) => {
      const wanted = first + names.indexOf(name);
      return (sentence) => data.slices[sentence].includes(wanted);
    }));
    when("change", changed);
    when("damage", (kind) => {
      const broken = damage(kind);
      return (sentence) => broken(sentence) > 0;
    });
    when("every_time", (how) => {
      const [own, wanted] = [network(), data.failures.findIndex(([name]) => name === how)];
      return (sentence) => data.every_time[sentence].some(([one, failure]) => (
        one === own && (how === "any" || failure === wanted)
      ));
    });
    return holding;
  }

  function changed(how) {
    const [own, compared] = [network() + 2, others().map((other) => other + 2)];
    const isRight = (sentence, text) => texts[sentence][text] === texts[sentence][1];
    const by = Number(value("by"));
    const than = change();
    return {
      words: (sentence) => compared.every((other) => texts[sentence][own] !== texts[sentence][other]),
      worse: (sentence) => than(sentence) < -by,
      better: (sentence) => than(sentence) > by,
      lost: (sentence) => !isRight(sentence, own) && compared.every((other) => isRight(sentence, other)),
      won: (sentence) => isRight(sentence, own) && !compared.some((other) => isRight(sentence, other)),
    }[how];
  }

  // Gives how much of this kind broke in the chosen network; or how much more than in all that it is
  // compared with.
  function damage(kind) {
    const [own, compared] = [network(), value("counted") === "new" ? others() : []];
    const wanted = data.kinds.findIndex(([name]) => name === kind);
    const broken = (sentence, network, one) => data.damage[sentence].reduce((sum, [of, which, num]) => (
      of === network && which === one ? sum + num : sum
    ), 0);
    const more = (sentence, one) => broken(sentence, own, one)
      - Math.max(0, ...compared.map((other) => broken(sentence, other, one)));
    if (kind !== "any") return (sentence) => Math.max(0, more(sentence, wanted));
    return (sentence) => data.kinds.reduce((sum, _, one) => sum + Math.max(0, more(sentence, one)), 0);
  }

  function order() {
    const broken = damage(value("damage") || "any");
    const than = change();
    const length = (sentence) => texts[sentence][0].split(/\s+/).length;
    return {
      worst: than,
      best: (sentence) => -than(sentence),
      damage: (sentence) => -broken(sentence),
      place: () => 0,
      longest: (sentence) => -length(sentence),
      shortest: length,
    }[value("sort")];
  }

  // Find the sentences and show them from the first on, or those around `sentence`.
  function refresh(sentence = -1) {
    const hasControl = networks[network()].control !== null;
    controls.against.disabled = !hasControl;
    controls.by.parentNode.hidden = !["worse", "better"].includes(value("change"));
    const holding = conditions();
    const key = order();
    found = texts
      .map((_, index) => index)
      .filter((index) => holding.every((holds) => holds(index)))
      .map((index) => [key(index), index])
      .sort(([one], [other]) => one - other)
      .map(([, index]) => index);
    at = Math.max(0, found.indexOf(sentence));
    draw();
  }

  // ------------------------------------------------------------------- what is seen

  function firstShown() {
    return at - at % PER_PAGE;
  }

  function draw() {
    const first = firstShown();
    const shown = found.slice(first, first + PER_PAGE);
    const than = change();
    list.start = first + 1;
    list.replaceChildren(...shown.map((sentence) => card(sentence, than(sentence))));
    const all = texts.length.toLocaleString("en");
    const num = found.length.toLocaleString("en");
    status.textContent = found.length
      ? `${num} of ${all} sentences; ${first + 1} to ${first + shown.length} are shown.`
      : `None of ${all} sentences is so.`;
    which.textContent = `page ${first / PER_PAGE + 1} of ${Math.max(1, Math.ceil(found.length / PER_PAGE))}`;
    back.disabled = first === 0;
    on.disabled = first + PER_PAGE >= found.length;
    highlight(list, uncased(value("search")));
    point();
  }

  // Mark the current sentence; links lead to it.
  function point() {
    [...list.children].forEach((one, index) => {
      if (index === at % PER_PAGE) one.ariaCurrent = "true";
      else one.removeAttribute("aria-current");
    });
    link.href = hash();
  }

  function card(sentence, than) {
    const { name, title, digits } = metric();
    const shown = (number) => number.toFixed(digits).replace("-", "−");
    const [own, [source, wanted, ...made]] = [network(), texts[sentence]];
    const one = Object.assign(element("li"), { tabIndex: -1 });
    const head = element("h4", "", called(sentence));
    if (than) {
      head.append(element("span", "", ` ${shown(Math.abs(than))} ${title} ${than < 0 ? "worse" : "better"}`));
    }
    const tags = data.slices[sentence].map((slice) => data.slice_names[slice]).join(" · ");
    const given = element("dl");
    for (const [term, text] of [["source", source], ["reference", wanted]]) {
      given.append(element("dt", "", term), words("dd", text));
    }
    const translations = element("div", "translations");
    made.forEach((text, index) => {
      const box = element("div", index === own ? "own" : "");
      const less = scores[name][index][sentence] - scores[name][0][sentence];
      const beside = index ? ` (${less > 0 ? "+" : ""}${shown(less)})` : "";
      const told = element("h5", "", networks[index].title + " ");
      told.append(element("span", "", `${title} ${shown(scores[name][index][sentence])}${beside}`));
      if (text === wanted) told.append(element("span", "", " = reference"));
      box.append(told, index ? compared(text, made[0]) : words("p", text));
      const broken = data.damage[sentence]
        .filter(([of]) => of === index)
        .map(([, kind, num, events]) => `${data.kinds[kind][1]} ${num} of ${events}`);
      if (broken.length) box.append(element("p", "broken", `broken: ${broken.join(", ")}`));
      const always = data.every_time[sentence]
        .filter(([of]) => of === index)
        .map(([, failure]) => data.failures[failure][1]);
      if (always.length) box.append(element("p", "broken", `every time: ${always.join(", ")}`));
      translations.append(box);
    });
    one.append(head, given, translations);
    if (tags) one.append(element("p", "tags", tags));
    return one;
  }

  function called(sentence) {
    const [set, line] = data.places[sentence];
    return `${data.test_sets[set]}, line ${line}`;
  }

  // ------------------------------------------------------------------- links and keys

  // Where this view is found: what is not as at first, and the current sentence but the first.
  function hash() {
    const asked = new URLSearchParams();
    for (const name of Object.keys(controls)) {
      if (value(name) !== initial[name]) asked.set(name, value(name));
    }
    if (at > 0) {
      const [set, line] = data.places[found[at]];
      asked.set("sentence", `${data.test_sets[set]}:${line}`);
    }
    return TO_EXAMPLES + asked;
  }

  // The address follows, but not at every letter: browsers limit how often it may change.
  function remember() {
    clearTimeout(remembering);
    remembering = setTimeout(() => history.replaceState(null, "", hash()), 300);
  }

  // Show what the address asks for; returns whether it asks for examples.
  function readLink() {
    if (!location.hash.startsWith(TO_EXAMPLES)) return false;
    const asked = new URLSearchParams(location.hash.slice(TO_EXAMPLES.length));
    const unknown = [];
    for (const name of Object.keys(controls)) {
      const wanted = asked.get(name) ?? initial[name];
      controls[name].value = wanted;
      if (controls[name].value !== wanted) {
        controls[name].value = initial[name];
        unknown.push(`${name} “${wanted}”`);
      }
    }
    const wanted = asked.get("sentence");
    const sentence = data.places.findIndex(([set, line]) => `${data.test_sets[set]}:${line}` === wanted);
    if (wanted !== null && sentence < 0) unknown.push(`sentence “${wanted}”`);
    refresh(sentence);
    if (unknown.length) status.prepend(`The link asks for what is not here: ${unknown.join(", ")}. `);
    if (found[at] === sentence) list.children[at % PER_PAGE].focus();
    return true;
  }

  function clearAll() {
    for (const name of Object.keys(controls)) controls[name].value = initial[name];
    refresh();
    remember();
  }

  function turn(step) {
    at = Math.min(Math.max(0, firstShown() + step * PER_PAGE), found.length - 1);
    draw();
    remember();
    said.scrollIntoView();
  }

  function go(step) {
    const isInside = list.contains(document.activeElement);
    const before = firstShown();
    at = Math.min(Math.max(0, at + (isInside ? step : 0)), Math.max(0, found.length - 1));
    if (firstShown() !== before) draw();
    list.children[at % PER_PAGE]?.focus();
    remember();
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select");
    const act = {
      n: () => go(1), j: () => go(1), p: () => go(-1), k: () => go(-1),
      "/": () => { controls.search.focus(); controls.search.select(); },
    }[event.key];
    if (event.key === "Escape") clearAll();
    else if (event.key === "Enter" && event.target === controls.search) go(0);
    else if (act && !typing) act();
    else return;
    event.preventDefault();
  }
}

// The lists and fields by name, put into `form`, and what they say at first.
function addControls(form, data) {
  const [controls, initial] = [{}, {}];
  const add = (name, title, control, first) => {
    const label = element("label", ["search", "network"].includes(name) ? "wide" : "", title + " ");
    label.append(control);
    form.append(label);
    control.name = name;
    control.value = first;
    [controls[name], initial[name]] = [control, first];
  };
  const choose = (name, title, options, first = "") => {
    const select = element("select");
    select.append(...options.map(([of, text]) => new Option(text, of)));
    add(name, title, select, first);
  };
  const [reference, ...others] = data.networks;
  const looked = others.length ? others : [reference];
  const field = (type, more) => Object.assign(element("input"), { type, ...more });
  add("search", "search", field("search", { placeholder: "words as written" }), "");
  choose("within", "in", [
    ["all", "all texts"], ["source", "source"], ["reference", "reference"], ["made", "translations"],
  ], "all");
  choose("network", "network", looked.map(({ id, title }) => [id, title]), data.first);
  choose("change", "change", [
    ["", "any"], ["words", "other words"], ["worse", "worse"], ["better", "better"],
    ["lost", "right before, wrong now"], ["won", "wrong before, right now"],
  ]);
  add("by", "by more than", field("number", { min: 0, step: "any" }), String(data.metrics[0].margin));
  choose("metric", "metric", data.metrics.map(({ name, title }) => [name, title]), data.metrics[0].name);
  choose("against", "compared with", [
    ["first", reference.title], ["control", "its control"], ["both", "both"],
  ], "first");
  if (data.test_sets.length > 1) {
    choose("test_set", "test set", [["", "all"], ...data.test_sets.map((name) => [name, name])]);
  }
  for (const { kind, title, names } of data.cuts) {
    choose(`slice_${kind}`, title, [["", "any"], ...names.map((name) => [name, name])]);
  }
  if (data.kinds.length) {
    choose("damage", "damage", [["", "any or none"], ["any", "any kind"], ...data.kinds]);
    choose("counted", "damage that counts", [["new", "more than compared with"], ["all", "all of it"]], "new");
  }
  if (data.failures.length) {
    choose("every_time", "breaks every time", [["", "or not"], ["any", "in any way"], ...data.failures]);
  }
  choose("sort", "sorted by", [
    ["worst", "change, the worst first"], ["best", "change, the best first"],
    ...(data.kinds.length ? [["damage", "damage, the most first"]] : []),
    ["place", "test set and line"], ["longest", "source, the longest first"],
    ["shortest", "source, the shortest first"],
  ], "worst");
  return [controls, initial];
}

function help() {
  const line = element("p", "keys", "Keys, while the focus is in this section: ");
  const keys = [
    [["N", "J"], "next sentence"], [["P", "K"], "previous sentence"], [["/"], "search"],
    [["Enter"], "from the search to the sentences"], [["Esc"], "clear"],
  ];
  keys.forEach(([names, does], index) => {
    names.forEach((name, place) => line.append(place ? " or " : "", element("kbd", "", name)));
    line.append(` ${does}${index < keys.length - 1 ? ", " : "."}`);
  });
  return line;
}

// What each text is found by, sentence by sentence, whatever its case.
function searchable(texts) {
  const all = texts.map((each) => each.map(uncased));
  return {
    all: all.map((each) => each.join("\n")),
    source: all.map(([source]) => source),
    reference: all.map(([, reference]) => reference),
    made: all.map(([, , ...made]) => made.join("\n")),
  };
}

function uncased(text) {
  return text.normalize().toLowerCase();
}

// Mark what was searched for, where the browser can mark text without new elements.
function highlight(list, wanted) {
  if (!CSS.highlights) return;
  const ranges = [];
  const walker = document.createTreeWalker(list, NodeFilter.SHOW_TEXT);
  for (let node = wanted && walker.nextNode(); node; node = walker.nextNode()) {
    const text = uncased(node.data);
    if (!node.parentNode.closest("[dir]") || text.length !== node.data.length) continue;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("searched", new Highlight(...ranges));
}

// A text whose direction is that of its first letter.
function words(tag, text) {
  return Object.assign(element(tag, text ? "" : "empty", text || "(empty)"), { dir: "auto" });
}
