// Sorting of a table by its head buttons; rows stay inside their day.
function value(row, index) {
  const cell = row.children[index];
  const raw = cell.querySelector("time")?.dateTime ?? cell.textContent.trim();
  if (/^\d+(:\d\d)+$/.test(raw)) return raw.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  const number = Number(raw.replace("°", ""));
  return raw === "" || Number.isNaN(number) ? raw : number;
}

function sort(table, head, announce) {
  const index = [...head.parentNode.children].indexOf(head);
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  for (const body of table.tBodies) {
    const rows = [...body.rows].filter((row) => !row.classList.contains("day"));
    rows.sort((a, b) => {
      const [x, y] = [value(a, index), value(b, index)];
      return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
    });
    body.append(...rows);
  }
  announce.textContent = `${head.textContent.trim()}: ${head.getAttribute("aria-sort")}`;
}

export function start() {
  const announce = document.querySelector("[data-announce]");
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-sortable] thead button");
    if (button) sort(button.closest("table"), button.closest("th"), announce);
  });
}
