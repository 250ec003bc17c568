// Theme and zone are the server's to show: a choice is sent at once, and the page comes back in it.
export function start() {
  const form = document.querySelector("[data-prefs]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  form.querySelector("[data-browser-zone]").value = zone;
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
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
