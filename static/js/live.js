// The part of the page that shows how things stand is drawn again every few seconds, while somebody can see it.
const EVERY = 5000;
const part = document.querySelector("[data-live]");
const said = document.querySelector("#outbox-said");

function look() {
  // Whoever reads the table or has tabbed into it is not interrupted.
  if (document.hidden || part.contains(document.activeElement)) return;
  htmx.trigger(part, "look");
}

if (part && window.htmx) {
  let before = part.querySelector("[data-sentence]")?.dataset.sentence;
  let place = 0;
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
  part.addEventListener("htmx:beforeSwap", () => {
    place = part.querySelector(".table-wrap")?.scrollTop ?? 0;
  });
  part.addEventListener("htmx:afterSwap", () => {
    const table = part.querySelector(".table-wrap");
    if (table) table.scrollTop = place;
    // Told to a screen reader only when it is different: the numbers change all the time.
    const now = part.querySelector("[data-sentence]")?.dataset.sentence;
    if (now !== before) said.textContent = now;
    before = now;
  });
}
