// A question that was also answered in another window or on another device: the later answer counts, the other is shown.
export function tellElsewhere(told) {
  const pattern = document.querySelector("template[data-elsewhere]");
  const panel = document.querySelector("[data-advice]");
  if (!told.length || !pattern || !panel) return;
  let box = document.querySelector("main [data-elsewhere-box]");
  if (!box) {
    box = pattern.content.firstElementChild.cloneNode(true);
    panel.after(box);
  }
  const list = box.querySelector("ul");
  for (const one of told) {
    const line = pattern.content.querySelector("[data-line]").content.firstElementChild.cloneNode(true);
    line.dataset.address = one.address;
    line.querySelector("[data-text]").textContent = one.text;
    for (const where of ["here", "there"]) {
      const place = line.querySelector(`[data-${where}]`);
      if (one[where]) place.textContent = one[where];
      line.querySelector(`[data-counts="${where}"]`).hidden = one.kept !== where;
    }
    list.querySelector(`[data-address="${CSS.escape(one.address)}"]`)?.remove();
    list.append(line);
  }
}
