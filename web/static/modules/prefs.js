// Theme and zone are the server's to show: a choice that is clicked is sent at once, and the page comes back in it.
export function start() {
  const form = document.querySelector("[data-prefs]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  form.querySelector("[data-browser-zone]").value = zone;
  // A click decides; arrow keys go past choices, and the button sends what they stop at.
  form.addEventListener("change", () => { if (!form.querySelector(":focus-visible")) form.requestSubmit(); });
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  document.addEventListener("passplan:refreshed", () => {
    for (const button of document.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => print());
    }
  });
}
