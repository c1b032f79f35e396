// The body chart: tap a place, say what is felt there. Every change is kept at once and read back in the list below.
// Without this script the list's own fields do the same by a button.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SVG = "http://www.w3.org/2000/svg";
const AGAIN = 5000;

class BodyChart {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.marks = new Map(); // "REGION symptom" -> {region, symptom, strength}
    this.unsent = new Map();
    this.sending = false;
    this.names = new Map();
    this.asks = new Set();
    for (const option of root.querySelectorAll("[data-bc-names] option[value]:not([value=''])")) {
      this.names.set(option.value, option.textContent.trim());
      if (option.hasAttribute("data-ask")) this.asks.add(option.value);
    }
    this.feelings = new Map([...root.querySelectorAll("#mark-symptom option")].map((one) => [one.value, one.textContent.trim()]));
    for (const row of root.querySelectorAll("[data-bc-list] > li")) {
      const { region, symptom, strength } = row.dataset;
      this.marks.set(`${region} ${symptom}`, { region, symptom, strength });
    }
    this.places = [...root.querySelectorAll("path[data-code]")];
    this.begin();
  }

  begin() {
    const chart = this.find("[data-bc]");
    chart.classList.add("is-live");
    for (const one of this.root.querySelectorAll("[data-bc-how]")) one.hidden = false;
    this.find("[data-bc-views]").hidden = false;
    this.show("anterior");
    for (const place of this.places) {
      place.setAttribute("role", "button");
      place.setAttribute("tabindex", "-1");
    }
    this.stop(this.places[0]);
    chart.addEventListener("click", (event) => this.clicked(event));
    chart.addEventListener("keydown", (event) => this.pressed(event));
    chart.addEventListener("focusin", () => this.ring());
    chart.addEventListener("focusout", () => this.ring());
    this.root.addEventListener("click", (event) => this.removed(event));
    this.offerWords();
    this.paint();
  }

  // --- the picture

  show(name) {
    for (const figure of this.root.querySelectorAll("[data-bc-figure]")) figure.classList.toggle("is-shown", figure.dataset.bcFigure === name);
    for (const button of this.root.querySelectorAll("[data-bc-show]")) button.setAttribute("aria-pressed", String(button.dataset.bcShow === name));
    const first = this.places.find((place) => place.closest(`[data-bc-figure="${name}"]`));
    if (first && !this.isSeen(this.places.find((place) => place.tabIndex === 0))) this.stop(first);
  }

  isSeen(place) {
    return Boolean(place?.getClientRects().length);
  }

  /** The one place that Tab comes to. */
  stop(place) {
    for (const other of this.places) other.setAttribute("tabindex", other === place ? "0" : "-1");
  }

  ofRegion(code) {
    return [...this.marks.values()].filter((mark) => mark.region === code);
  }

  paint() {
    for (const group of this.root.querySelectorAll("[data-bc-labels]")) group.replaceChildren();
    this.ring();
    for (const place of this.places) {
      const code = place.dataset.code;
      const here = this.ofRegion(code);
      const strengths = here.filter((mark) => mark.strength !== "").map((mark) => Number(mark.strength));
      const strongest = Math.max(0, ...strengths);
      const off = here.some((mark) => mark.symptom === "do_not_touch");
      let heat = "";
      if (here.length) heat = off ? "off" : strongest >= 7 ? "high" : strongest >= 4 ? "mid" : "low";
      for (const one of ["low", "mid", "high", "off"]) place.classList.toggle(`is-${one}`, one === heat);
      place.setAttribute("aria-label", [this.names.get(code), ...here.map((mark) => this.feels(mark))].join(". "));
      if (here.length) this.label(place, off ? "×" : strengths.length ? String(strongest) : "•");
    }
  }

  /** A line round the place that is chosen or that the keyboard is at, above its neighbours. */
  ring() {
    for (const old of this.root.querySelectorAll(".bc-ring")) old.remove();
    for (const place of this.places) {
      if (place.dataset.code !== this.chosen && !place.matches(":focus-visible")) continue;
      const line = document.createElementNS(SVG, "path");
      line.setAttribute("class", "bc-ring");
      line.setAttribute("d", place.getAttribute("d"));
      place.ownerSVGElement.querySelector(".bc-over").append(line);
    }
  }

  label(place, words) {
    const text = document.createElementNS(SVG, "text");
    const [x, y] = place.dataset.at.split(" ");
    text.setAttribute("class", "bc-label");
    text.setAttribute("x", x);
    text.setAttribute("y", y);
    text.textContent = words;
    place.ownerSVGElement.querySelector("[data-bc-labels]").append(text);
  }

  feels(mark) {
    const words = this.feelings.get(mark.symptom);
    if (mark.strength === "") return words;
    return this.root.dataset.feeling.replace("{symptom}", words).replace("{strength}", mark.strength);
  }

  clicked(event) {
    const button = event.target.closest("[data-bc-show]");
    if (button) {
      this.close();
      this.show(button.dataset.bcShow);
      return;
    }
    const place = event.target.closest("path[data-code]");
    if (place) this.choose(this.larger(place) || place);
  }

  /** For a finger on the small head: the same place in the large face, when that is not in view. */
  larger(place) {
    const face = this.find(`[data-bc-figure="face"] path[data-code="${place.dataset.code}"]`);
    return face && face !== place && !this.isSeen(face) ? face : null;
  }

  choose(place) {
    this.stop(place);
    if (this.isSeen(place)) this.open(place);
    else {
      this.show("face");
      place.focus();
    }
  }

  pressed(event) {
    const place = event.target.closest("path[data-code]");
    if (!place) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(place);
    } else if (event.key in ARROWS) {
      event.preventDefault();
      const next = this.nextTo(place, ARROWS[event.key]);
      if (!next) return;
      this.stop(next);
      next.focus();
    }
  }

  /** The nearest place in a direction: how far it lies ahead and aside. */
  nextTo(place, [dx, dy]) {
    const middle = (one) => {
      const box = one.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const [x, y] = middle(place);
    let best = null;
    let least = Infinity;
    for (const other of this.places) {
      if (other === place || !this.isSeen(other)) continue;
      const [ox, oy] = middle(other);
      const ahead = (ox - x) * dx + (oy - y) * dy;
      const aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
      if (ahead > 2 && aside <= ahead * 2.5 && ahead + aside < least) {
        least = ahead + aside;
        best = other;
      }
    }
    return best;
  }

  // --- the sheet

  open(place) {
    this.close({ quietly: true });
    this.chosen = place.dataset.code;
    this.from = place;
    this.sheet = this.find("[data-bc-panel]").content.firstElementChild.cloneNode(true);
    this.sheet.querySelector("[data-bc-place]").textContent = this.names.get(this.chosen);
    this.sheet.querySelector("[data-bc-ask]").hidden = !this.asks.has(this.chosen);
    this.sheet.addEventListener("click", (event) => this.tapped(event));
    this.sheet.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
    this.find("[data-bc]").after(this.sheet);
    this.fill();
    this.paint();
    this.sheet.querySelector("[data-bc-place]").focus({ preventScroll: true });
    this.keepInView(place);
  }

  keepInView(place) {
    const box = place.getBoundingClientRect();
    const free = this.sheet.getBoundingClientRect().top;
    if (window.getComputedStyle(this.sheet).position === "fixed" && box.bottom > free) window.scrollBy({ top: box.bottom - free + 24 });
  }

  close({ quietly = false } = {}) {
    if (!this.sheet) return;
    this.sheet.remove();
    this.sheet = null;
    this.chosen = "";
    this.paint();
    if (!quietly) this.from.focus({ preventScroll: true });
  }

  fill() {
    const scales = this.sheet.querySelector("[data-bc-scales]");
    for (const chip of this.sheet.querySelectorAll("[data-symptom]")) {
      const symptom = chip.dataset.symptom;
      const mark = this.marks.get(`${this.chosen} ${symptom}`);
      const on = Boolean(mark) || this.asked === symptom;
      chip.setAttribute("aria-pressed", String(on));
      let scale = scales.querySelector(`[data-scale="${symptom}"]`);
      if (on && chip.hasAttribute("data-strong")) {
        scale ||= this.scaleOf(symptom, scales);
        for (const number of scale.querySelectorAll("[data-number]")) number.setAttribute("aria-pressed", String(mark?.strength === number.dataset.number));
      } else scale?.remove();
    }
  }

  scaleOf(symptom, scales) {
    const scale = this.sheet.querySelector("[data-bc-scale]").content.firstElementChild.cloneNode(true);
    scale.dataset.scale = symptom;
    scale.querySelector("[data-of]").textContent = this.feelings.get(symptom);
    scales.append(scale);
    return scale;
  }

  tapped(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-bc-close")) this.close();
    else if (button.dataset.number) this.change(this.chosen, button.closest("[data-scale]").dataset.scale, button.dataset.number);
    else if (button.dataset.symptom) this.toggle(button);
  }

  toggle(chip) {
    const { symptom } = chip.dataset;
    if (this.marks.has(`${this.chosen} ${symptom}`)) this.change(this.chosen, symptom, null);
    else if (!chip.hasAttribute("data-strong")) this.change(this.chosen, symptom, "");
    else {
      this.asked = this.asked === symptom ? "" : symptom;
      this.fill();
      this.sheet.querySelector(`[data-scale="${symptom}"]`)?.scrollIntoView({ block: "nearest" });
      this.keepInView(this.from);
    }
  }

  // --- the list

  removed(event) {
    const button = event.target.closest("[data-bc-remove]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("li");
    const after = row.nextElementSibling || row.previousElementSibling;
    this.change(row.dataset.region, row.dataset.symptom, null);
    if (after) this.find(`[data-bc-list] > li[data-region="${after.dataset.region}"][data-symptom="${after.dataset.symptom}"] button`)?.focus();
    else this.find("#body-chart-title").focus();
  }

  read() {
    const list = this.find("[data-bc-list]");
    const pattern = this.find("[data-bc-row]").content.firstElementChild;
    const order = [...this.names.keys()];
    const marks = [...this.marks.values()].sort((a, b) => order.indexOf(a.region) - order.indexOf(b.region));
    list.replaceChildren(...marks.map((mark) => {
      const row = pattern.cloneNode(true);
      Object.assign(row.dataset, mark);
      row.querySelector("[data-place]").textContent = this.names.get(mark.region);
      row.querySelector("[data-feels]").textContent = this.feels(mark);
      row.querySelector("[data-which]").textContent = `: ${this.names.get(mark.region)}, ${this.feels(mark)}`;
      return row;
    }));
    list.hidden = !marks.length;
    this.find("[data-bc-list-title]").hidden = !marks.length;
  }

  offerWords() {
    const words = this.find("[data-bc-words]");
    if (!words.hasAttribute("data-stays")) words.open = false;
    this.find(".bc-skip").addEventListener("click", () => {
      words.open = true;
      words.querySelector("summary").focus();
    });
    this.find("[data-bc-filter-box]").hidden = false;
    const select = this.find("[data-bc-names]");
    const all = [...select.children];
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    this.find("[data-bc-filter]").addEventListener("input", (event) => {
      const wanted = plain(event.target.value).split(/\s+/).filter(Boolean);
      const fits = (option) => wanted.every((word) => plain(option.textContent).includes(word));
      const kept = all.map((one) => {
        if (one.tagName === "OPTION") return one;
        const group = one.cloneNode(false);
        group.append(...[...one.children].filter(fits).map((option) => option.cloneNode(true)));
        return group.children.length ? group : null;
      }).filter(Boolean);
      select.replaceChildren(...kept);
      const found = select.querySelectorAll("optgroup option");
      if (wanted.length && found.length) found[0].selected = true;
    });
    words.querySelector("button[value=mark]").addEventListener("click", (event) => {
      const symptom = this.find("#mark-symptom").value;
      const strength = this.find("#mark-strength").value.trim();
      const needs = this.find("[data-bc-panel]").content.querySelector(`[data-symptom="${symptom}"][data-strong]`);
      // What is not complete goes to the clinic as it is, which says what is missing.
      if (!select.value || !symptom || (needs && !strength) || (strength && !/^(\d|10)$/.test(strength))) return;
      event.preventDefault();
      this.change(select.value, symptom, strength);
      for (const field of [select, this.find("#mark-symptom"), this.find("#mark-strength"), this.find("[data-bc-filter]")]) field.value = "";
      this.find("[data-bc-words-error]").hidden = true;
      this.find("[data-bc-list-title]").scrollIntoView({ block: "nearest" });
    });
  }

  // --- keeping

  change(region, symptom, strength) {
    const name = `${region} ${symptom}`;
    if (strength === null) this.marks.delete(name);
    else this.marks.set(name, { region, symptom, strength });
    this.asked = "";
    this.refresh();
    const fields = [["key", `mark:${name}`], ["region", region], ["symptom", symptom], ["given", String(Date.now())]];
    fields.push(strength === null ? ["remove", "yes"] : ["strength", strength]);
    const step = { key: `mark:${name}`, fields };
    // The form's own queue may take it and keep it through a tunnel; a page without one sends it from here.
    const offer = new CustomEvent("intake:keep", { detail: step, bubbles: true, cancelable: true });
    if (!this.root.dispatchEvent(offer)) return;
    this.unsent.delete(step.key);
    this.unsent.set(step.key, step);
    this.send();
  }

  refresh() {
    this.read();
    this.paint();
    if (this.sheet) this.fill();
  }

  say(words) {
    this.find("[data-bc-state]").textContent = words;
  }

  /** What could not be kept, in the clinic's words; the mark goes, for it is not there. */
  refuse(key, words) {
    this.marks.delete(key.replace(/^mark:/, ""));
    this.refresh();
    const error = this.sheet?.querySelector("[data-bc-error]");
    if (error) Object.assign(error, { textContent: words, hidden: false });
    else this.say(words);
  }

  async send() {
    if (this.sending || !this.root.isConnected) return;
    this.sending = true;
    const form = this.root.closest("form");
    try {
      while (this.unsent.size) {
        const [step] = this.unsent.values();
        const body = new FormData();
        body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
        body.set("whose", form.elements.whose?.value || "");
        for (const [name, value] of step.fields) body.append(name, value);
        body.set("sent", String(Date.now()));
        const reply = await fetch(this.root.dataset.url, { method: "POST", body, credentials: "same-origin" });
        if (reply.status === 401 || reply.status === 409) {
          this.unsent.clear();
          this.say(this.root.dataset.gone);
          return;
        }
        if (!reply.ok && reply.status !== 422) throw new Error(String(reply.status));
        const answer = await reply.json();
        if (this.unsent.get(step.key) === step) this.unsent.delete(step.key);
        if (answer.errors[step.key]) this.refuse(step.key, answer.errors[step.key]);
        else if (!this.unsent.size) this.say(this.root.dataset.kept);
      }
    } catch {
      this.say(this.root.dataset.waits);
      window.setTimeout(() => this.send(), AGAIN);
    } finally {
      this.sending = false;
    }
  }
}

const charts = new WeakMap();

function shown() {
  return [...document.querySelectorAll("[data-bodychart]")].map((root) => charts.get(root)).filter(Boolean);
}

function mount() {
  for (const root of document.querySelectorAll("[data-bodychart]")) {
    if (!charts.has(root)) charts.set(root, new BodyChart(root));
  }
}

mount();
document.addEventListener("intake:screen", mount);

// What the form's queue says of the changes it took.
document.addEventListener("intake:settled", ({ detail }) => {
  if (!detail.key.startsWith("mark:")) return;
  for (const chart of shown()) {
    if (detail.error) chart.refuse(detail.key, detail.error);
    else chart.say(chart.root.dataset.kept);
  }
});
document.addEventListener("intake:waits", () => {
  for (const chart of shown()) chart.say(chart.root.dataset.waits);
});
