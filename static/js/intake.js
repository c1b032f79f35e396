// The client's form: keeps each answer as it is given, asks what follows from it, shows advice at once.
// Without this script "Next" keeps the whole screen, and the server asks and advises just the same.
const form = document.querySelector("form[data-intake]");
const state = form?.querySelector("[data-save-state]");
const panel = document.querySelector("[data-advice]");
const waiting = new Map(); // linkId -> timer: typed, not sent yet
const unsent = new Set(); // linkIds that could not be sent; nothing is put into the browser's storage
let underway = Promise.resolve();
let inFlight = 0; // saves begun and not answered yet

function questionOf(target) {
  return target.closest("fieldset[data-question]");
}

function answersOf(linkId) {
  const fields = form.querySelectorAll(`[name="${CSS.escape(linkId)}"]`);
  const values = [];
  for (const field of fields) {
    const hiddenAway = field.closest("fieldset[data-question]")?.disabled;
    if (hiddenAway) continue;
    if (field.type === "radio" || field.type === "checkbox") {
      if (field.checked) values.push(field.value);
    } else if (field.value.trim()) values.push(field.value.trim());
  }
  return values;
}

function same(given, wanted) {
  return String(given) === String(wanted);
}

function holds(test) {
  if ("is" in test) return test.is;
  const given = answersOf(test.q);
  switch (test.op) {
    case "exists": return given.length > 0 === test.v;
    case "=": return given.some((one) => same(one, test.v));
    case "!=": return !given.some((one) => same(one, test.v));
    case ">": return given.some((one) => Number(one) > Number(test.v));
    case "<": return given.some((one) => Number(one) < Number(test.v));
    case ">=": return given.some((one) => Number(one) >= Number(test.v));
    case "<=": return given.some((one) => Number(one) <= Number(test.v));
    default: return false;
  }
}

function askWhatFollows() {
  // Twice, so that a question opened by a question that was just opened follows too.
  for (let round = 0; round < 2; round += 1) {
    for (const item of form.querySelectorAll("[data-when]")) {
      const when = JSON.parse(item.dataset.when);
      const on = when.all ? when.tests.every(holds) : when.tests.some(holds);
      item.hidden = !on;
      if (item.tagName === "FIELDSET") item.disabled = !on;
    }
  }
}

function keepExclusive(input) {
  if (input.type !== "checkbox" || !input.checked) return;
  for (const other of questionOf(input).querySelectorAll("input[type=checkbox]:checked")) {
    if (other !== input && (input.hasAttribute("data-exclusive") || other.hasAttribute("data-exclusive"))) other.checked = false;
  }
}

function say(words) {
  if (state.textContent !== words) state.textContent = words;
}

function showError(question, words) {
  const place = question?.querySelector(".invalid-feedback");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
  question.classList.toggle("has-error", Boolean(words));
}

function showAdvice(answer) {
  const mark = form.elements.advice_shown;
  if (mark.value === answer.advice_mark) return;
  mark.value = answer.advice_mark;
  panel.replaceChildren(...answer.advice.map((one) => {
    const pattern = document.querySelector(`template[data-advice-for="${one.level}"]`);
    const box = pattern.content.firstElementChild.cloneNode(true);
    box.querySelector("[data-advice-text]").textContent = one.text;
    const call = box.querySelector(".call a");
    if (call) {
      call.href = `tel:${one.call.replaceAll(" ", "")}`;
      call.textContent = `Call ${one.call}`;
    }
    return box;
  }));
  if (answer.advice.length) {
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "start" });
  }
}

async function send(linkId) {
  const question = form.querySelector(`fieldset[data-question="${CSS.escape(linkId)}"]`);
  if (!question || question.disabled || question.dataset.kind === "file") return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("whose", form.elements.whose.value);
  for (const field of question.querySelectorAll("input, textarea, select")) {
    const chosen = field.type === "radio" || field.type === "checkbox" ? field.checked : true;
    if (field.name && chosen) body.append(field.name, field.value);
  }
  try {
    const reply = await fetch(form.dataset.saveUrl, { method: "POST", body, credentials: "same-origin" });
    if (reply.status === 401 || reply.status === 409) {
      say("This page was open for too long. Please open the link in our message again: your answers are kept.");
      return;
    }
    if (!reply.ok && reply.status !== 422) throw new Error(String(reply.status));
    const answer = await reply.json();
    unsent.delete(linkId);
    form.elements.seen.value = answer.seen;
    showError(question, answer.errors[linkId] || "");
    showAdvice(answer);
    if (!unsent.size) say(answer.saved ? "Saved" : "");
  } catch {
    unsent.add(linkId);
    say("No connection. Your answers stay on this page; we keep trying.");
  }
}

function save(linkId) {
  clearTimeout(waiting.get(linkId));
  waiting.delete(linkId);
  inFlight += 1;
  underway = underway.then(() => send(linkId)).finally(() => { inFlight -= 1; });
  return underway;
}

function saveSoon(linkId) {
  clearTimeout(waiting.get(linkId));
  waiting.set(linkId, setTimeout(() => save(linkId), 900));
}

function tryAgain() {
  for (const linkId of [...unsent]) save(linkId);
}

if (form) {
  askWhatFollows();
  form.addEventListener("change", (event) => {
    const question = questionOf(event.target);
    if (!question) return;
    keepExclusive(event.target);
    askWhatFollows();
    // A date is sent when all three parts are there; half a date is no answer yet.
    const parts = question.querySelectorAll(".date-parts input");
    if ([...parts].some((part) => !part.value)) return;
    save(question.dataset.question);
  });
  form.addEventListener("input", (event) => {
    const question = questionOf(event.target);
    if (question && (event.target.matches("textarea, input[type=text], input[type=tel], input[type=email]")) && !event.target.closest(".date-parts")) {
      saveSoon(question.dataset.question);
    }
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.settled || (!waiting.size && !unsent.size && !inFlight)) return;
    // What was given a moment ago goes first, or the page would look changed from elsewhere; then the button acts.
    event.preventDefault();
    const { submitter } = event;
    for (const linkId of [...waiting.keys()]) save(linkId);
    underway.then(() => {
      form.dataset.settled = "yes";
      form.requestSubmit(submitter);
    });
  });
  // Back from the next page by the browser's button: the form is as it was, and may be sent again.
  window.addEventListener("pageshow", () => delete form.dataset.settled);
  window.addEventListener("online", tryAgain);
  setInterval(tryAgain, 5000);
  window.addEventListener("beforeunload", (event) => {
    if (unsent.size && !form.dataset.settled) event.preventDefault();
  });
  if (window.location.hash === "#more") panel.focus();
}
