// Attention maps of a few sentences: the dense model's beside a ticket's. Their words come from a
// corpus, so they reach the page as text only. ticketscope.report.tables says how weights are packed.
const NAMES = {
  encoder_self: "encoder self", decoder_self: "decoder self", encoder_decoder: "encoder-decoder",
};
const KINDS = Object.keys(NAMES);

showAll(".attention", async (place, maps) => showMaps(place, maps, await unpacked(maps.data)));

// The words along the edges of a map of each kind, in the order of the data.
function edges({ source, target }) {
  return {
    encoder_self: [source, [...source, "⟨end⟩"]],
    decoder_self: [target, [...target, "⟨start⟩"]],
    encoder_decoder: [target, [...source, "⟨end⟩"]],
  };
}

// Where the map of a head starts in the data, and its end.
function extent(maps, sentence, level, kind, layer, head) {
  const cells = (index, name) => {
    const [queries, keys] = edges(maps.sentences[index])[name];
    return queries.length * keys.length;
  };
  const perLevel = (index, names) => names.reduce(
    (sum, name) => sum + maps.kinds[name] * maps.num_heads * cells(index, name), 0,
  );
  let start = level * perLevel(sentence, KINDS);
  for (let earlier = 0; earlier < sentence; earlier++) {
    start += maps.levels.length * perLevel(earlier, KINDS);
  }
  start += perLevel(sentence, KINDS.slice(0, KINDS.indexOf(kind)));
  start += (layer * maps.num_heads + head) * cells(sentence, kind);
  return [start, start + cells(sentence, kind)];
}

function showMaps(place, maps, weights) {
  const kinds = KINDS.filter((kind) => maps.kinds[kind] > 0);
  const numbers = (from, count) => Array.from({ length: count }, (_, index) => String(from + index));
  const inWords = ({ level, sparsity_prunable: share }) =>
    level + " (" + (100 * share).toFixed(1) + "\u00a0% zero)";

  const choices = element("div", "choices");
  const choice = {};
  for (const name of ["sentence", "kind", "layer", "head", "level"]) {
    const label = element("label", "", name + " ");
    choice[name] = document.createElement("select");
    label.append(choice[name]);
    choices.append(label);
    choice[name].addEventListener("change", draw);
  }
  offer(choice.sentence, maps.sentences.map(({ source }, index) => index + 1 + ": " + source.join(" ")));
  offer(choice.kind, kinds.map((kind) => NAMES[kind]));
  offer(choice.head, numbers(1, maps.num_heads));
  offer(choice.level, maps.levels.slice(1).map(inWords));

  const readout = element("output", "readout");
  const both = element("div", "maps");
  const ramp = element("div", "ramp");
  ramp.append(element("span", "", "weight 0"), element("span", "shades"), element("span", "", "1"));
  place.replaceChildren(choices, ramp, both, readout);
  draw();

  function draw() {
    const sentence = choice.sentence.selectedIndex;
    const kind = kinds[choice.kind.selectedIndex];
    offer(choice.layer, numbers(1, maps.kinds[kind]));
    const [queries, keys] = edges(maps.sentences[sentence])[kind];
    const level = choice.level.selectedIndex + 1;
    const [layer, head] = [choice.layer.selectedIndex, choice.head.selectedIndex];
    const shown = [0, level].map(
      (at) => weights.subarray(...extent(maps, sentence, at, kind, layer, head)),
    );
    const hidden = (row, column) => kind === "decoder_self" && column > row && column < queries.length;
    const titles = ["dense model", maps.arm + ", level " + inWords(maps.levels[level])];
    const tables = shown.map((map, at) => table(titles[at], queries, keys, map, hidden));
    const point = (row, column) => {
      for (const cell of both.querySelectorAll(".at")) cell.classList.remove("at");
      for (const one of tables) one.tBodies[0].rows[row].cells[column + 1].classList.add("at");
      const [dense, ticket] = shown.map((map) => (map[row * keys.length + column] / 255).toFixed(2));
      const told = hidden(row, column) ? "not seen, being later" : "dense " + dense + ", ticket " + ticket;
      readout.replaceChildren(
        element("bdi", "", queries[row]), " → ", element("bdi", "", keys[column]), ": " + told,
      );
    };
    for (const one of tables) walk(one, point);
    both.style.setProperty("--columns", keys.length);
    both.replaceChildren(...tables.map((one) => {
      const scroll = element("div", "map");
      scroll.append(one);
      return scroll;
    }));
    readout.textContent = "Point at a cell to read its weights.";
  }
}

function table(title, queries, keys, map, hidden) {
  const grid = Object.assign(element("table"), { role: "grid" });
  grid.append(element("caption", "", title));
  const word = (text, scope) => {
    const head = Object.assign(element("th"), { scope, title: text });
    head.append(element("bdi", "", text));
    return head;
  };
  grid.createTHead().insertRow().append(element("td"), ...keys.map((key) => word(key, "col")));
  const body = grid.createTBody();
  queries.forEach((query, row) => {
    const line = body.insertRow();
    line.append(word(query, "row"), ...keys.map((_, column) => {
      const cell = element("td", hidden(row, column) ? "hidden" : "");
      const weight = map[row * keys.length + column] / 255;
      cell.style.setProperty("--weight", weight.toFixed(3));
      cell.ariaLabel = weight.toFixed(2);
      cell.tabIndex = row + column === 0 ? 0 : -1;
      return cell;
    }));
  });
  return grid;
}

// Cells of a map are pointed at, or walked through by arrow keys; one of them is in the tab order.
function walk(grid, point) {
  const body = grid.tBodies[0];
  const place = (cell) => [cell.parentNode.sectionRowIndex, cell.cellIndex - 1];
  const onCell = (event) => event.target.closest("tbody td");
  for (const arriving of ["pointerover", "focusin"]) {
    grid.addEventListener(arriving, (event) => onCell(event) && point(...place(onCell(event))));
  }
  grid.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || !onCell(event)) return;
    event.preventDefault();
    const [row, column] = place(onCell(event));
    const next = body.rows[row + step[0]]?.cells[column + step[1] + 1];
    if (next?.tagName !== "TD") return;
    onCell(event).tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

// Fill a list, and keep what was chosen where it is still there.
function offer(select, labels) {
  const chosen = Math.max(0, select.selectedIndex);
  select.replaceChildren(...labels.map((label) => element("option", "", label)));
  select.selectedIndex = Math.min(chosen, labels.length - 1);
}

function element(tag, name = "", text = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}
