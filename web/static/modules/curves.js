// One cursor over elevation, Doppler and the sky plot.
import { timeOfDay } from "./clock.js";

function attach(panel) {
  const samples = JSON.parse(panel.querySelector("[data-samples]").textContent);
  const lines = panel.querySelectorAll("[data-cursor]");
  const dot = document.querySelector("[data-polar-cursor]");
  const text = panel.querySelector("[data-readout]");
  const rest = text.textContent;
  const unit = rest.trim().split(" ").at(-1);

  function at(part) {
    const [second, az, el, range, doppler] = samples[Math.round(part * (samples.length - 1))];
    for (const line of lines) {
      line.removeAttribute("hidden");
      line.setAttribute("x1", `${part * 100}%`);
      line.setAttribute("x2", `${part * 100}%`);
    }
    const r = ((90 - el) / 90) * 180;
    const a = (az * Math.PI) / 180;
    dot.toggleAttribute("hidden", el < 0);
    dot.setAttribute("cx", 200 + r * Math.sin(a));
    dot.setAttribute("cy", 200 - r * Math.cos(a));
    text.textContent = `${timeOfDay(second * 1000)} · az ${az.toFixed(1)}° · el ${el.toFixed(1)}° · ${range} km · ${doppler.toFixed(1)} ${unit}`;
  }

  function off() {
    for (const line of lines) line.setAttribute("hidden", "");
    dot.setAttribute("hidden", "");
    text.textContent = rest;
  }

  for (const chart of panel.querySelectorAll(".chart")) {
    chart.addEventListener("pointermove", (event) => {
      const box = chart.getBoundingClientRect();
      at(Math.min(1, Math.max(0, (event.clientX - box.x) / box.width)));
    });
    chart.addEventListener("pointerleave", off);
  }
}

export function start() {
  const ready = () => { const panel = document.querySelector("[data-curves]"); if (panel) attach(panel); };
  ready();
  document.addEventListener("passplan:refreshed", ready);
}
