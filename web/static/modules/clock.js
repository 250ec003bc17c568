// One clock for the page. The server says what time it is; the browser only counts on from there.
const root = document.documentElement;
let told = Date.parse(root.dataset.now);
let since = performance.now();
const speed = Number(root.dataset.speed ?? 1); // of a rehearsal

/** Milliseconds of mission time. */
export const now = () => told + (performance.now() - since) * speed;

/** Takes the server's word for the time anew, unless the browser counted right to a fifth of a second. */
export function set(text) {
  const server = Date.parse(text);
  if (Math.abs(server - now()) > 200 * speed) {
    told = server;
    since = performance.now();
  }
}

const pad = (n) => String(n).padStart(2, "0");

/** Whole seconds as 12:39 or 1:35:45. */
export function length(seconds) {
  const s = Math.abs(Math.floor(seconds));
  const h = Math.floor(s / 3600);
  if (h >= 48) return `${Math.floor(h / 24)} d ${pad(h % 24)} h`;
  const rest = `${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
  return h ? `${h}:${rest}` : rest;
}

/** The time of day in the zone of the page. */
const formats = {};
export function timeOfDay(ms) {
  const zone = root.dataset.zone.split(" ")[0];
  formats[zone] ??= new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone });
  return formats[zone].format(new Date(ms));
}

function countdowns() {
  for (const node of document.querySelectorAll("[data-count]")) {
    // In a pass table the time is the row's own AOS, so that it is not written twice.
    const left = (Date.parse(node.dataset.count || node.closest("tr").querySelector("time").dateTime) - now()) / 1000;
    const text = "plain" in node.dataset ? length(Math.max(0, left)) : `T${left >= 0 ? "\u2212" : "+"}${length(left)}`;
    if (node.textContent !== text) node.textContent = text;
  }
}

function nowLines() {
  for (const line of document.querySelectorAll("[data-now-line]")) {
    const x = `${part(line.dataset.nowLine)}%`;
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  }
  for (const tag of document.querySelectorAll("[data-now-x]")) {
    tag.setAttribute("x", `${part(tag.dataset.nowX)}%`);
    tag.querySelector("text").textContent = timeOfDay(now()).slice(0, 5);
  }
}

function part(span) {
  const [from, to] = span.split(" ").map(Date.parse);
  return Math.min(100, Math.max(0, ((now() - from) / (to - from)) * 100));
}

function clock() {
  const node = document.querySelector("[data-clock]");
  const text = timeOfDay(now());
  if (node.textContent !== text) {
    node.textContent = text;
    node.dateTime = new Date(now()).toISOString();
  }
}

// One polite word five minutes before, and at the time itself: a countdown that speaks every second helps nobody.
const spoken = new Set();
function announcements() {
  for (const node of document.querySelectorAll("[data-announce-at]")) {
    const left = (Date.parse(node.dataset.count) - now()) / 1000;
    for (const [limit, word] of [[300, "5 min"], [0, "0"]]) {
      const key = node.dataset.count + limit;
      if (left <= limit && left > limit - 5 && !spoken.has(key)) {
        spoken.add(key);
        document.querySelector("[data-announce]").textContent = `${node.dataset.announceAt}: AOS ${limit ? `\u2212${word}` : timeOfDay(now())}`;
      }
    }
  }
}

/** Calls `draw` once a second while the page is looked at. */
export function everySecond(draw) {
  draw();
  setInterval(() => document.hidden || draw(), 1000);
}

export function start() {
  everySecond(() => { clock(); countdowns(); nowLines(); announcements(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { clock(); countdowns(); nowLines(); } });
}
