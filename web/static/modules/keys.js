// g then a letter goes to a page; / goes to the first filter; ? opens display and account.
const PAGES = { t: "today", p: "passes", s: "schedule", m: "map", r: "requests", o: "stations" };

export function start() {
  let going = false;
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches("input, select")) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    if (going && PAGES[event.key]) {
      const page = document.querySelector(`.nav a:has(use[href="#i-${PAGES[event.key]}"])`);
      if (page) location.href = page.href;
    }
    going = event.key === "g";
    const filter = event.key === "/" && document.querySelector(".filters select, .filters input");
    if (filter) { event.preventDefault(); filter.focus(); }
    if (event.key === "?") document.querySelector("#prefs").togglePopover();
  });
}
