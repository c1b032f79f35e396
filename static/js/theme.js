// Loaded early and plainly, so a remembered theme is there before the first paint.
(function () {
  const root = document.documentElement;
  const wish = window.matchMedia("(prefers-color-scheme: dark)");

  function remembered() {
    try {
      return window.localStorage.getItem("theme");
    } catch {
      return null; // storage may be switched off; the device's wish then decides
    }
  }

  function current() {
    return root.dataset.theme || (wish.matches ? "dark" : "light");
  }

  function dress() {
    const theme = remembered();
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
  }

  function label() {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.hidden = false;
      const words = button.querySelector("[data-theme-words]") || button;
      const { light = "Light colours", dark = "Dark colours" } = button.dataset; // in the page's language
      words.textContent = current() === "dark" ? light : dark;
    }
  }

  dress();
  wish.addEventListener("change", label);
  window.addEventListener("storage", () => { dress(); label(); });
  document.addEventListener("DOMContentLoaded", label);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = current() === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    try {
      window.localStorage.setItem("theme", next);
    } catch {
      // not remembered, but still changed for this page
    }
    label();
  });
})();
