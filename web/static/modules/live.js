// Keeps the page current: asks for a number now and then, and takes the page anew when it rose, or at a time that it names.
import { now, set } from "./clock.js";

const root = document.documentElement;
const CALM_MS = 15_000;
const LONGEST_MS = 240_000;
let version = null;
let wait = CALM_MS;
let timer = 0;
let last = Date.now();

/** Something was typed or opened that must not be swept away. */
function isBusy() {
  const active = document.activeElement;
  if (active?.matches("input, select, textarea") && active.closest("main")) return true;
  return [...document.querySelectorAll("[data-guarded]")].some((form) => form.dataset.touched) || Boolean(document.querySelector("main dialog[open]"));
}

function link(up) {
  const node = document.querySelector("[data-link]");
  if (node) node.dataset.link = up ? "up" : "down";
}

/** Takes the page anew, and keeps place: focus, what is open, how far things are scrolled. */
async function refresh() {
  if (isBusy()) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Refresh": "1" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("main");
  const old = document.querySelector("main");
  if (!fresh || isBusy()) return;
  const kept = remember(old);
  old.replaceChildren(...fresh.childNodes);
  document.querySelector("footer.foot").replaceWith(page.querySelector("footer.foot"));
  for (const name of ["refreshAt", "now"]) {
    const value = page.documentElement.dataset[name];
    if (value) root.dataset[name] = value; else delete root.dataset[name];
  }
  set(page.documentElement.dataset.now);
  recall(old, kept);
  document.dispatchEvent(new CustomEvent("passplan:refreshed"));
}

function path(node, top) {
  const steps = [];
  for (let n = node; n && n !== top; n = n.parentNode) steps.unshift([...n.parentNode.children].indexOf(n));
  return steps;
}

const follow = (steps, top) => steps.reduce((n, k) => n?.children[k], top);

function remember(main) {
  return {
    focus: main.contains(document.activeElement) ? path(document.activeElement, main) : null,
    open: [...main.querySelectorAll("details")].map((d) => d.open),
    checked: [...main.querySelectorAll("[data-zoom] input, [data-only-booked]")].map((i) => i.checked),
    scrolled: [...main.querySelectorAll(".tl-scroll, .scroll")].map((s) => s.scrollLeft),
    sorted: [...main.querySelectorAll("thead th")].map((th) => th.ariaSort),
  };
}

function recall(main, kept) {
  main.querySelectorAll("details").forEach((d, k) => { d.open = kept.open[k] ?? d.open; });
  main.querySelectorAll("[data-zoom] input, [data-only-booked]").forEach((i, k) => { i.checked = kept.checked[k] ?? i.checked; });
  main.querySelectorAll(".tl-scroll, .scroll").forEach((s, k) => { s.scrollLeft = kept.scrolled[k] ?? 0; });
  main.querySelectorAll("thead th").forEach((th, k) => {
    const button = th.querySelector("button");
    if (!button || !kept.sorted[k] || th.ariaSort === kept.sorted[k]) return;
    button.click();
    if (th.ariaSort !== kept.sorted[k]) button.click();
  });
  if (kept.focus) follow(kept.focus, main)?.focus?.({ preventScroll: true });
}

async function ask() {
  try {
    const answer = await fetch(root.dataset.live, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    set(told.now);
    link(true);
    wait = CALM_MS;
    last = Date.now();
    const rose = version !== null && told.version !== version;
    version = told.version;
    const due = root.dataset.refreshAt && Date.parse(root.dataset.refreshAt) <= now();
    const old = root.dataset.refreshS && now() - Date.parse(root.dataset.now) > Number(root.dataset.refreshS) * 1000;
    if (rose || due || old) await refresh();
  } catch {
    wait = Math.min(LONGEST_MS, wait * 2);
    link(false);
  }
}

function plan() {
  clearTimeout(timer);
  const at = Date.parse(root.dataset.refreshAt ?? "");
  const until = Number.isNaN(at) ? Infinity : at - now() + 300;
  const pause = Math.min(wait * (0.9 + Math.random() * 0.2), wait === CALM_MS ? Math.max(1000, until) : Infinity);
  timer = setTimeout(async () => { if (!document.hidden) await ask(); plan(); }, pause);
}

export function start() {
  if (!root.dataset.live || document.querySelector("form[data-still]")) return;
  document.addEventListener("input", ({ target }) => { const form = target.closest?.("[data-guarded]"); if (form) form.dataset.touched = "yes"; });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - last > CALM_MS) { wait = CALM_MS; ask(); plan(); } });
  ask();
  plan();
}
