// Draw every figure from the specification beside it, also those that are folded away: paper has no
// time to draw. Colours of text and grid are CSS's business.
const UNSEEN = 560; // the width of a figure that has no place yet

const NARROW = 450; // of a figure in which names of arms do not stand beside each other

showAll(".chart", async (place, specification) => {
  if (place.clientWidth && place.clientWidth < NARROW) specification.config.legend.columns = 1;
  const drawn = {
    ...specification,
    width: place.clientWidth || UNSEEN,
    autosize: { type: "fit-x", contains: "padding" },
  };
  const options = { mode: "vega-lite", renderer: "svg", actions: false };
  const { view } = await vegaEmbed(place, drawn, options);
  new ResizeObserver(() => {
    const width = place.clientWidth;
    if (width && width !== view.width()) view.width(width).runAsync();
  }).observe(place);
  const buttons = place.parentElement.querySelector(".save");
  for (const button of buttons.querySelectorAll("button")) {
    button.addEventListener("click", () => save(view, button.dataset.kind, place.parentElement));
  }
  buttons.hidden = false;
});

// As a file on a white ground, named by its title.
async function save(view, kind, figure) {
  const address = await view.background("white").toImageURL(kind, kind === "png" ? 3 : 1);
  view.background("transparent");
  const link = document.createElement("a");
  const title = figure.querySelector("h3").textContent.toLowerCase();
  link.download = title.replace(/[^a-z0-9]+/g, "-") + "." + kind;
  link.href = address;
  link.click();
}
