"use strict";
// Data inside the page, as ticketscope.packing packs it into the script element after `place`.
async function unpacked(base64) {
  if (!window.DecompressionStream) {
    throw "this browser cannot unpack its data. Chromium from 103, Firefox from 113 and Safari from 16.4 on can.";
  }
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function dataBeside(place) {
  return JSON.parse(new TextDecoder().decode(await unpacked(place.nextElementSibling.textContent)));
}

// Show what `draw` makes of the data beside each place, or why that cannot be.
function showAll(selector, draw) {
  for (const place of document.querySelectorAll(selector)) {
    dataBeside(place).then((data) => draw(place, data)).then(
      () => { place.dataset.drawn = "yes"; },
      (error) => {
        place.textContent = "This figure could not be drawn: " + error;
        console.error(error);
      },
    );
  }
}
