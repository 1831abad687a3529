// Draw every figure from the specification beside it. Colours of text and grid are CSS's business.
showAll(".chart", (place, specification) =>
  vegaEmbed(place, specification, { mode: "vega-lite", renderer: "svg", actions: false }));

// Paper cannot be unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const table of folded) table.open = true;
});
addEventListener("afterprint", () => {
  for (const table of folded) table.open = false;
});
