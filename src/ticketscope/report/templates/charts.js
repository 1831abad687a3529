"use strict";
// Draw every figure from the specification beside it. Colours of text and grid are CSS's business.
for (const place of document.querySelectorAll(".chart")) {
  const specification = JSON.parse(place.nextElementSibling.textContent);
  vegaEmbed(place, specification, { mode: "vega-lite", renderer: "svg", actions: false }).then(
    () => { place.dataset.drawn = "yes"; },
    (error) => {
      place.textContent = "This figure could not be drawn: " + error;
      console.error(error);
    },
  );
}

// Paper cannot be unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const table of folded) table.open = true;
});
addEventListener("afterprint", () => {
  for (const table of folded) table.open = false;
});
