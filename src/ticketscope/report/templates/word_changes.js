// What two translations have in common, word by word, and what only one of them has.
const MOST_COMPARED = 1e6; // pairs of words, beyond which all that differs is marked as one
const WITHOUT_BLANKS = new RegExp(
  ["Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"]
    .map((script) => `\\p{Script=${script}}`).join("|"),
  "u",
);

// A translation with what differs from another one: words that it has there instead, and words that
// it lacks.
function compared(ours, other) {
  if (!ours || ours === other) return words("p", ours);
  const line = Object.assign(element("p"), { dir: "auto" });
  const glue = WITHOUT_BLANKS.test(ours + other) ? "" : " ";
  const runs = differences(units(other, glue), units(ours, glue));
  runs.forEach(([kind, run], index) => {
    if (index) line.append(glue);
    const text = run.join(glue);
    line.append(kind === "same" ? text : element(kind, "", text));
  });
  return line;
}

function units(text, glue) {
  return glue ? text.split(/\s+/).filter(Boolean) : [...text];
}

// Runs of units as ["same", …], ["mark", …] for what only `ours` has and ["del", …] for what only
// the other has, where nothing takes its place.
function differences(other, ours) {
  let [start, cut] = [0, 0];
  const least = Math.min(other.length, ours.length);
  while (start < least && other[start] === ours[start]) start++;
  while (cut < least - start && other.at(-1 - cut) === ours.at(-1 - cut)) cut++;
  const [one, two] = [other, ours].map((all) => all.slice(start, all.length - cut));
  const runs = [];
  const add = (kind, run) => run.length && runs.push([kind, run]);
  add("same", ours.slice(0, start));
  let [lost, won] = [[], []];
  const close = () => {
    if (won.length) add("mark", won);
    else add("del", lost);
    [lost, won] = [[], []];
  };
  for (const [kind, unit] of aligned(one, two)) {
    if (kind === "lost") lost.push(unit);
    else if (kind === "won") won.push(unit);
    else {
      close();
      if (runs.at(-1)?.[0] === "same") runs.at(-1)[1].push(unit);
      else add("same", [unit]);
    }
  }
  close();
  add("same", ours.slice(ours.length - cut));
  return runs;
}

// Each unit of both as "lost", "won" or "same", along a longest common subsequence.
function* aligned(one, two) {
  const width = two.length + 1;
  const isShort = one.length * two.length <= MOST_COMPARED;
  const common = new Uint32Array(isShort ? (one.length + 1) * width : 0);
  for (let row = one.length - 1; isShort && row >= 0; row--) {
    for (let column = two.length - 1; column >= 0; column--) {
      const cell = row * width + column;
      common[cell] = one[row] === two[column]
        ? 1 + common[cell + width + 1]
        : Math.max(common[cell + width], common[cell + 1]);
    }
  }
  let [row, column] = [0, 0];
  while (row < one.length || column < two.length) {
    const cell = row * width + column;
    if (row < one.length && column < two.length && isShort && one[row] === two[column]) {
      yield ["same", two[column]];
      [row, column] = [row + 1, column + 1];
    } else if (column === two.length || (row < one.length && !(common[cell + width] < common[cell + 1]))) {
      yield ["lost", one[row++]];
    } else yield ["won", two[column++]];
  }
}
