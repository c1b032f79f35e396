// A question that was also answered in another window or on another device: the later answer counts, the other is shown
// beside the question, where the client is, not above it, where the page would jump.
export function tellElsewhere(told) {
  const pattern = document.querySelector("template[data-elsewhere]");
  for (const one of told) {
    const question = document.querySelector(`main fieldset[data-question="${CSS.escape(one.address)}"]`);
    const place = question || document.querySelector("main form");
    place.querySelector(`[data-elsewhere-of="${CSS.escape(one.address)}"]`)?.remove();
    const box = pattern.content.firstElementChild.cloneNode(true);
    box.dataset.elsewhereOf = one.address;
    box.querySelector("[data-text]").textContent = question ? "" : one.text;
    for (const where of ["here", "there"]) {
      if (one[where]) box.querySelector(`[data-${where}]`).textContent = one[where];
      box.querySelector(`[data-counts="${where}"]`).hidden = one.kept !== where;
    }
    if (question) place.append(box);
    else place.before(box);
  }
}
