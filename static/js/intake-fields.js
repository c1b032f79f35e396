// Reading and keeping the fields of a question in order: answers as values, "none of these", dates by parts or picked.

export function questionOf(target) {
  return target.closest?.("fieldset[data-question]") || null;
}

export function questionsOf(root) {
  return [...root.querySelectorAll("fieldset[data-question]")];
}

/** Everything of a question that a form would post: [name, value] pairs. Files stay files. */
export function fieldsOf(question) {
  const pairs = [];
  for (const field of question.querySelectorAll("input, textarea, select")) {
    if (!field.name || questionOf(field) !== question) continue;
    if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
    if (field.type === "file") pairs.push(...[...field.files].map((file) => [field.name, file]));
    else if (field.multiple) pairs.push(...[...field.selectedOptions].map((one) => [field.name, one.value]));
    else pairs.push([field.name, field.value]);
  }
  return pairs;
}

function isoDate(question) {
  const part = (name, size) => question.querySelector(`input[name$="_${name}"]`)?.value.trim().padStart(size, "0") || "";
  const [year, month, day] = [part("year", 4), part("month", 2), part("day", 2)];
  return /^\d{4}-\d{2}-\d{2}$/.test(`${year}-${month}-${day}`) && Number(day) ? [`${year}-${month}-${day}`] : [];
}

const NUMBERS = new Set(["number", "decimal", "scale", "slider"]);

/** The answers of a question as plain values; none when it is not asked. */
export function valuesOf(question) {
  if (question.disabled || question.closest("[data-when][hidden]")) return [];
  if (question.dataset.kind === "date") return isoDate(question);
  const values = fieldsOf(question)
    .filter(([name]) => name !== "asked" && !/^(seen|drawn|wiped):/.test(name))
    .map(([, value]) => (typeof value === "string" ? value.trim() : value))
    .filter((value) => value !== "");
  return NUMBERS.has(question.dataset.kind) ? values.map((one) => Number(one.replace(",", "."))) : values;
}

/** "None of these" takes the other ticks away, and any other tick takes it away: one tap either way. */
export function keepExclusive(input) {
  if (input.type !== "checkbox" || !input.checked) return;
  for (const other of questionOf(input).querySelectorAll("input[type=checkbox]:checked")) {
    if (other !== input && (input.hasAttribute("data-exclusive") || other.hasAttribute("data-exclusive"))) other.checked = false;
  }
}

/** Half a date is no answer yet. */
export function isHalfDate(question) {
  const parts = [...question.querySelectorAll(".date-parts input:not([type=date])")];
  const filled = parts.filter((part) => part.value.trim()).length;
  return filled > 0 && filled < parts.length;
}

/** The device's own calendar beside the three parts, where there is one. */
export function offerCalendars(root, label) {
  for (const parts of root.querySelectorAll(".date-parts:not([data-picked])")) {
    if (parts.closest(".verify") || !("showPicker" in HTMLInputElement.prototype)) continue;
    parts.dataset.picked = "";
    const question = questionOf(parts);
    const picker = Object.assign(document.createElement("input"), { type: "date", tabIndex: -1 });
    picker.setAttribute("aria-hidden", "true");
    picker.className = "date-native";
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: label });
    button.addEventListener("click", () => {
      picker.value = question ? isoDate(question)[0] || "" : "";
      picker.showPicker();
    });
    picker.addEventListener("change", (event) => {
      event.stopPropagation();
      if (!picker.value) return;
      const [year, month, day] = picker.value.split("-");
      for (const [name, value] of [["day", Number(day)], ["month", Number(month)], ["year", Number(year)]]) {
        parts.querySelector(`input[name$="_${name}"]`).value = String(value);
      }
      parts.querySelector('input[name$="_year"]').dispatchEvent(new Event("change", { bubbles: true }));
      button.focus();
    });
    const place = Object.assign(document.createElement("div"), { className: "date-pick" });
    place.append(button, picker);
    parts.append(place);
  }
}

/** A slider beside its number: before it is moved nothing is answered, then the number says what it stands at. */
export function offerSliders(root) {
  for (const slider of root.querySelectorAll("[data-slider]")) {
    const number = slider.parentElement.querySelector("[data-slider-number]");
    if (number.value) slider.value = number.value;
    number.addEventListener("input", () => { slider.value = number.value; });
    slider.hidden = false;
  }
}

export function tellSlider(slider) {
  slider.parentElement.querySelector("[data-slider-number]").value = slider.value;
}

/** A file the clinic has is not sent again with the page; its name stays to be read. */
export function tellFile(question, op, words) {
  const field = question.querySelector("input[type=file]");
  const file = op.fields.map(([, value]) => value).find((value) => typeof value !== "string");
  if (!field || !file) return;
  field.value = "";
  if (field.closest("[data-draw]")) return; // the drawing itself is there to be seen
  let line = question.querySelector("[data-kept]");
  if (!line) {
    line = Object.assign(document.createElement("p"), { className: "form-text" });
    line.dataset.kept = "";
    field.before(line);
  }
  line.textContent = `${words} ${file.name}`;
}
