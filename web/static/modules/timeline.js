// The timeline: starts at now, arrow keys walk from pass to pass, a card tells what a bar is. One tab stop leads in.
import { now } from "./clock.js";

function walk(rows, from, key) {
  const row = rows.findIndex((passes) => passes.includes(from));
  const at = rows[row].indexOf(from);
  if (key === "ArrowLeft") return rows[row][at - 1];
  if (key === "ArrowRight") return rows[row][at + 1];
  const step = key === "ArrowDown" ? 1 : -1;
  const x = from.getBoundingClientRect().x;
  for (let k = row + step; rows[k]; k += step) {
    const near = rows[k].toSorted((a, b) => Math.abs(a.getBoundingClientRect().x - x) - Math.abs(b.getBoundingClientRect().x - x))[0];
    if (near) return near;
  }
}

function show(card, pass) {
  const [title, times, booked, refused] = pass.dataset.pass.split("|");
  const [head, line, what, why] = card.children;
  [head.textContent, line.textContent, what.textContent, why.textContent] = [title, times, booked, refused];
  if (!card.matches(":popover-open")) card.showPopover();
  const box = pass.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  card.style.left = `${Math.max(8, Math.min(innerWidth - width - 8, box.x + box.width / 2 - width / 2))}px`;
  card.style.top = `${box.bottom + height + 12 < innerHeight ? box.bottom + 8 : box.top - height - 8}px`;
}

const hide = (card) => card.matches(":popover-open") && card.hidePopover();

function attach(timeline, fresh) {
  const scroll = timeline.querySelector(".tl-scroll");
  const card = timeline.querySelector("[data-card]");
  const rows = [...timeline.querySelectorAll(".tl-row")].map((row) => [...row.querySelectorAll(".tl-pass")]);
  const line = timeline.querySelector("[data-now-line]");
  const all = rows.flat();
  const toNow = () => {
    if (!line) return;
    const [from, to] = line.dataset.nowLine.split(" ").map(Date.parse);
    const row = timeline.querySelector(".tl-row").getBoundingClientRect();
    scroll.scrollLeft = ((now() - from) / (to - from)) * row.width - (scroll.clientWidth - 176) * 0.3;
  };
  if (fresh) toNow();
  // One tab stop: the first pass to come. Arrows do the rest.
  const first = all.find((pass) => !pass.classList.contains("is-past")) ?? all[0];
  first?.setAttribute("tabindex", "0");
  const only = timeline.querySelector("[data-only-booked]");
  const narrow = () => timeline.classList.toggle("only-booked", only.checked);
  only.addEventListener("change", narrow);
  narrow();
  timeline.querySelector("[data-zoom]").addEventListener("change", toNow);
  for (const pass of all) {
    for (const on of ["pointerenter", "focus"]) pass.addEventListener(on, () => show(card, pass));
    for (const off of ["pointerleave", "blur"]) pass.addEventListener(off, () => hide(card));
  }
  timeline.addEventListener("keydown", (event) => {
    if (event.target.matches("input[type=checkbox]")) return;
    const pass = event.target.closest(".tl-pass");
    const zoom = [...timeline.querySelectorAll("[name=zoom]")];
    const at = zoom.findIndex((input) => input.checked);
    const to = { "+": zoom[at + 1], "-": zoom[at - 1] }[event.key];
    if (to) { to.checked = true; toNow(); }
    if (event.key === "t") toNow();
    if (event.key === "Escape") hide(card);
    if (pass && event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = walk(rows, pass, event.key);
      if (!next) return;
      pass.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
      next.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  });
}

export function start() {
  const ready = (fresh) => { const timeline = document.querySelector("[data-timeline]"); if (timeline) attach(timeline, fresh); };
  ready(true);
  document.addEventListener("passplan:refreshed", () => ready(false));
}
