// Attention maps of a few sentences: the first network's beside another's, which may have other
// layers and heads. Their words come from a corpus, so they reach the page as text only.
// ticketscope.tables.views says how weights are packed.
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

// Where the map of a head starts in the data, and its end; `network` is its place among all.
function extent(maps, sentence, network, kind, layer, head) {
  const cells = (index, name) => {
    const [queries, keys] = edges(maps.sentences[index])[name];
    return queries.length * keys.length;
  };
  const ofNetwork = (index, { kinds, num_heads }, names = KINDS) => names.reduce(
    (sum, name) => sum + kinds[name] * num_heads * cells(index, name), 0,
  );
  let start = 0;
  for (let earlier = 0; earlier < sentence; earlier++) {
    for (const one of maps.networks) start += ofNetwork(earlier, one);
  }
  for (const one of maps.networks.slice(0, network)) start += ofNetwork(sentence, one);
  const its = maps.networks[network];
  start += ofNetwork(sentence, its, KINDS.slice(0, KINDS.indexOf(kind)));
  start += (layer * its.num_heads + head) * cells(sentence, kind);
  return [start, start + cells(sentence, kind)];
}

function showMaps(place, maps, weights) {
  const [first, ...others] = maps.networks;
  const kinds = KINDS.filter((kind) => first.kinds[kind] > 0);
  const numbers = (count) => Array.from({ length: count }, (_, index) => String(1 + index));

  const choices = element("div", "choices");
  const choice = {};
  const [ownLayer, ownHead] = ["its layer", "its head"];
  for (const name of ["sentence", "kind", "layer", "head", maps.chooser, ownLayer, ownHead]) {
    const label = element("label", "", name + " ");
    choice[name] = document.createElement("select");
    label.append(choice[name]);
    choices.append(label);
    choice[name].addEventListener("change", draw);
  }
  offer(choice.sentence, maps.sentences.map(({ source }, index) => index + 1 + ": " + source.join(" ")));
  offer(choice.kind, kinds.map((kind) => NAMES[kind]));
  offer(choice.head, numbers(first.num_heads));
  offer(choice[maps.chooser], others.map((other) => other.choice));

  const readout = element("output", "readout");
  const both = element("div", "maps");
  const ramp = element("div", "ramp");
  ramp.append(element("span", "", "weight 0"), element("span", "shades"), element("span", "", "1"));
  place.replaceChildren(choices, ramp, both, readout);
  draw();

  // The place of the other network's layer or head: as chosen, or the same where both have as many.
  function placeOfOther(name, own, ofFirst, ofOther) {
    const label = choice[own].parentNode;
    if (ofFirst === ofOther) {
      label.remove();
      return choice[name].selectedIndex;
    }
    offer(choice[own], numbers(ofOther));
    if (!label.isConnected) choices.append(label);
    return choice[own].selectedIndex;
  }

  function draw() {
    const sentence = choice.sentence.selectedIndex;
    const kind = kinds[choice.kind.selectedIndex];
    offer(choice.layer, numbers(first.kinds[kind]));
    const [queries, keys] = edges(maps.sentences[sentence])[kind];
    const chosen = choice[maps.chooser].selectedIndex + 1;
    const other = maps.networks[chosen];
    const layers = [
      choice.layer.selectedIndex,
      placeOfOther("layer", ownLayer, first.kinds[kind], other.kinds[kind]),
    ];
    const heads = [
      choice.head.selectedIndex,
      placeOfOther("head", ownHead, first.num_heads, other.num_heads),
    ];
    const shown = [0, chosen].map((network, at) => weights.subarray(
      ...extent(maps, sentence, network, kind, layers[at], heads[at]),
    ));
    const hidden = (row, column) => kind === "decoder_self" && column > row && column < queries.length;
    const tables = shown.map((map, at) => table([first, other][at].title, queries, keys, map, hidden));
    const point = (row, column) => {
      for (const cell of both.querySelectorAll(".at")) cell.classList.remove("at");
      for (const one of tables) one.tBodies[0].rows[row].cells[column + 1].classList.add("at");
      const told = [first, other].map(({ short }, at) => (
        short + " " + (shown[at][row * keys.length + column] / 255).toFixed(2)
      ));
      readout.replaceChildren(
        element("bdi", "", queries[row]), " → ", element("bdi", "", keys[column]),
        ": " + (hidden(row, column) ? "not seen, being later" : told.join(", ")),
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
