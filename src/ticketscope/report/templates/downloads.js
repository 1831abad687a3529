// The tables inside the page are saved from it. Without scripts the links lead to the files beside it.
for (const link of document.querySelectorAll("a.enclosed")) {
  link.addEventListener("click", async (event) => {
    if (link.protocol === "blob:") return;
    event.preventDefault();
    const table = new Blob([asCsv(await dataBeside(link))], { type: "text/csv" });
    link.href = URL.createObjectURL(table);
    link.download = link.download.replace(/\.gz$/, ""); // what is in the page is not packed so
    link.click();
  });
}

function asCsv(columns) {
  const quoted = (cell) => /[",\r\n]/.test(cell) ? '"' + cell.replaceAll('"', '""') + '"' : cell;
  const line = (_, row) => columns.map((column) => quoted(column[row])).join(",") + "\n";
  return columns[0].map(line).join("");
}
