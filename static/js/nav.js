// Small manners of the shell: "/" finds the search box, arrows walk its results, menus close when left.
const box = document.querySelector("[data-search]");

function typing(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

function clearResults() {
  const results = box?.querySelector(".search-results");
  if (results) results.replaceChildren();
}

function walk(event) {
  const links = [...box.querySelectorAll(".search-results a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const to = event.key === "ArrowDown" ? at + 1 : at - 1;
  event.preventDefault();
  if (to < 0) box.querySelector("input[type=search]").focus();
  else links[Math.min(to, links.length - 1)].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && box && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    const input = box.querySelector("input[type=search]");
    input.focus();
    input.select();
  }
  if (event.key === "Escape") {
    const menu = event.target.closest?.("details.menu[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
    if (box?.contains(event.target)) {
      clearResults();
      box.querySelector("input[type=search]").focus();
    }
  }
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && box?.contains(event.target)) walk(event);
});

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  if (box && !box.contains(event.target)) clearResults();
});

// The current place stays in view in the strip that scrolls sideways on a phone.
for (const strip of document.querySelectorAll(".nav-list, .tabs")) {
  const here = strip.querySelector("[aria-current]");
  if (here && strip.scrollWidth > strip.clientWidth) {
    const left = here.getBoundingClientRect().left - strip.getBoundingClientRect().left + strip.scrollLeft;
    strip.scrollLeft = left - (strip.clientWidth - here.offsetWidth) / 2;
  }
}
