// A link opens what its place lies in, and paper cannot be unfolded.
const sectionFolds = document.querySelectorAll("details.section");

function unfold(hash) {
  const [anchor] = hash.slice(1).split("?"); // behind it stands what a section is to show
  const place = document.getElementById(decodeURIComponent(anchor));
  for (let fold = place?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    fold.open = true;
  }
  if (hash) place?.scrollIntoView();
}
addEventListener("hashchange", () => unfold(location.hash));
addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (link) unfold(link.hash);
});
unfold(location.hash);

const all = document.querySelector("button.all");
all.hidden = false;
all.addEventListener("click", () => {
  const open = all.textContent === "Open all";
  for (const section of sectionFolds) section.open = open;
  all.textContent = open ? "Close all" : "Open all";
});

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const fold of folded) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of folded) fold.open = false;
});
