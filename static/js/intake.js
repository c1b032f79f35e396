// The client's form: keeps each answer as it is given, asks what follows from it, shows advice at once, goes on in a tunnel.
// Without this script "Next" keeps the whole screen, and the server asks and advises just the same.
import { showAdvice } from "./intake-advice.js";
import { tellElsewhere } from "./intake-elsewhere.js";
import { fieldsOf, isHalfDate, keepExclusive, offerCalendars, offerSliders, questionOf, tellFile, tellSlider, valuesOf } from "./intake-fields.js";
import { watchIdle } from "./intake-idle.js";
import { Queue } from "./intake-queue.js";
import { send } from "./intake-replay.js";
import * as screens from "./intake-screens.js";
import { offerDrawing } from "./intake-signature.js";
import { inTurn } from "./intake-turns.js";
import { openVault } from "./intake-vault.js";
import { isAsked } from "./intake-when.js";
import { word } from "./intake-words.js";

const TYPING_PAUSE = 900;
const QUIET = 1500; // the screen first, then what follows
const typing = new Map(); // linkId -> timer: typed, not given to the queue yet
const given = new Map(); // linkId -> values given since this page was opened: later screens follow from them
let here = window.location.pathname;
let queue = null;
let form = null;
let moving = false;

// --- what the screen says ------------------------------------------------------------------------------------------

function say(words) {
  const state = document.querySelector("[data-save-state]");
  if (state && state.textContent !== words) state.textContent = words;
}

function showError(question, words) {
  const place = question?.querySelector(".invalid-feedback");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
  question.classList.toggle("has-error", Boolean(words));
  if (words && question.closest("details")) question.closest("details").open = true;
  for (const field of question.querySelectorAll("input:not([type=hidden]), textarea, select")) {
    field.classList.toggle("is-invalid", Boolean(words));
    if (!words) field.removeAttribute("aria-invalid");
    else field.setAttribute("aria-invalid", "true");
  }
}

function questionNamed(linkId) {
  return form?.querySelector(`fieldset[data-question="${CSS.escape(linkId)}"]`);
}

function answersOf(linkId) {
  const question = questionNamed(linkId);
  return question ? valuesOf(question) : given.get(linkId);
}

function askWhatFollows() {
  const items = [...form.querySelectorAll("[data-when]")];
  // Again until nothing changes: a question that was just opened may open another.
  for (let round = 0, changed = true; changed && round <= items.length; round += 1) {
    changed = false;
    for (const item of items) {
      const on = isAsked(JSON.parse(item.dataset.when), answersOf);
      changed ||= item.hidden === on;
      item.hidden = !on;
      if (item.tagName === "FIELDSET") item.disabled = !on;
    }
  }
}

// --- keeping answers -------------------------------------------------------------------------------------------------

function keep(question) {
  const linkId = question.dataset.question;
  window.clearTimeout(typing.get(linkId));
  typing.delete(linkId);
  if (question.disabled) return;
  say("");
  given.set(linkId, valuesOf(question));
  queue.add({ key: linkId, screen: form.dataset.screen, fields: fieldsOf(question) });
  queue.flush();
}

function keepTyped() {
  for (const linkId of [...typing.keys()]) {
    const question = questionNamed(linkId);
    if (question) keep(question);
  }
}

function hear(reply, batch) {
  if (reply.offline) {
    document.dispatchEvent(new CustomEvent("intake:waits"));
    return say(word("offline"));
  }
  if (reply.stopped) return stop(reply.stopped);
  const results = batch.map((op) => [op, reply.results[op.key]]).filter(([, result]) => result);
  for (const [op, result] of results) {
    for (const [address, seen] of Object.entries(result.seen)) markSeen(address, seen);
    if (op.done) continue;
    const question = questionNamed(op.key);
    if (!question) document.dispatchEvent(new CustomEvent("intake:settled", { detail: { key: op.key, error: result.errors[op.key] || "" } }));
    showError(question, result.errors[op.key] || "");
    if (question && result.kept) tellFile(question, op, word("kept"));
  }
  tellElsewhere(results.flatMap(([, result]) => result.elsewhere));
  if (!form) return;
  if (reply.screens) form.dataset.screens = JSON.stringify(reply.screens);
  if (reply.advice && batch.at(-1).screen === form.dataset.screen) showAdvice(form, reply);
  if (queue.isEmpty) say(results.some(([op, result]) => !op.done && result.errors[op.key]) ? "" : word("saved"));
}

function markSeen(address, seen) {
  const mark = form?.elements[`seen:${address}`];
  if (mark) mark.value = seen;
}

/** Nothing more can be sent from this page; what waits opens again behind the date of birth. */
function stop(why) {
  if (why === "expired" && queue.vault) window.location.assign(document.querySelector("template[data-cover]").dataset.startUrl);
  else if (why === "sent") window.location.reload();
  else say(word("expired"));
}

// --- from screen to screen -------------------------------------------------------------------------------------------

function addressesAfter() {
  const all = JSON.parse(form?.dataset.screens || "[]");
  return all.slice(all.indexOf(here) + 1);
}

function addressBefore() {
  const all = JSON.parse(form?.dataset.screens || "[]");
  return all[all.indexOf(here) - 1];
}

function arrive(address, { push = true, hash = "" } = {}) {
  here = address;
  if (push) window.history.pushState(null, "", address + hash);
  mount();
  const panel = document.querySelector("[data-advice]");
  const target = document.querySelector("main .error-summary, main [data-first]") || (hash && document.getElementById(hash.slice(1)));
  const first = hash === "#more" && panel?.textContent.trim() ? panel : target || document.querySelector("main h1");
  if (first) {
    if (!first.matches("a, button, input, textarea, select, [tabindex]")) first.tabIndex = -1;
    first.focus({ preventScroll: true });
  }
  if (!first || first.matches("h1")) window.scrollTo({ top: 0, behavior: "instant" });
  else first.scrollIntoView({ block: "start", behavior: "instant" });
}

/** A page the server answered with: shown here when it is one of the form's, opened when it is not. */
async function take(reply, { push = true, hash = "" } = {}) {
  const address = screens.pathOf(reply.url);
  if (!address.startsWith("/intake/form/") || !(reply.headers.get("Content-Type") || "").includes("html")) {
    window.location.assign(reply.url);
    return;
  }
  const html = await reply.text();
  screens.setAside(here);
  await screens.show(html);
  arrive(address, { push: push && address !== here, hash: new URL(reply.url).hash || hash });
}

/** A page on a bad line may take its time; one with a photo more. Then the tunnel's way. */
function patience() {
  const hasFile = [...document.querySelectorAll("main input[type=file]")].some((field) => field.files.length);
  return AbortSignal.timeout(hasFile ? 120_000 : 15_000);
}

async function step(submitter) {
  keepTyped();
  say(word("saving"));
  if (await queue.flush()) {
    if (submitter && submitter.name !== "action") return elsewhere(submitter);
    const body = new FormData(form, submitter);
    let reply;
    try {
      reply = await inTurn(() => fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin", signal: patience() }));
    } catch {
      reply = null;
    }
    if (reply && reply.status < 500 && reply.status !== 403) return take(reply);
    if (reply) return say(word("trouble"));
  }
  if (!queue.stopped) stepInTunnel(submitter);
}

/** What is no step of the form, as the switch of languages: the browser's own way, now that everything is sent. */
function elsewhere(submitter) {
  form.dataset.settled = "";
  // Not within the press itself: with nothing to send this comes at once, and a form does not submit while it submits.
  window.setTimeout(() => form.requestSubmit(submitter));
}

function stepInTunnel(submitter) {
  const action = submitter?.value || "next";
  const address = action === "back" ? addressBefore() : addressesAfter()[0];
  if (!["next", "back"].includes(action) || !address || !screens.isKept(address)) {
    say(word("no-further"));
    return;
  }
  const { screen } = form.dataset;
  if (action === "next") queue.add({ key: `done:${screen}`, screen, done: true });
  screens.setAside(here);
  screens.showKept(address).then(() => {
    arrive(address);
    say(word("offline"));
  });
}

async function go(address, { push = true, hash = "" } = {}) {
  keepTyped();
  const sent = await queue.flush();
  try {
    if (!sent) throw new Error("offline");
    return await take(await inTurn(() => fetch(address, { credentials: "same-origin", signal: patience() })), { push, hash });
  } catch {
    if (!screens.isKept(address)) {
      if (!push) window.history.pushState(null, "", here);
      return say(word("no-further"));
    }
    screens.setAside(here);
    await screens.showKept(address);
    arrive(address, { push, hash });
    say(word("offline"));
  }
}

async function once(work) {
  if (moving) return;
  moving = true;
  document.querySelector("main").setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    moving = false;
    document.querySelector("main").removeAttribute("aria-busy");
  }
}

// --- one screen ------------------------------------------------------------------------------------------------------

function mount() {
  form = document.querySelector("form[data-intake]");
  if (!form) return;
  offerSliders(form);
  offerCalendars(form, word("calendar"));
  offerDrawing(form);
  askWhatFollows();
  document.dispatchEvent(new CustomEvent("intake:screen", { detail: { form } }));
  const ahead = addressesAfter();
  const at = here;
  window.setTimeout(() => screens.fetchAhead(ahead, () => here === at && !moving), QUIET);
}

/** Answers an earlier page of this device could not send: shown where they belong, and sent. */
async function bringBack() {
  const ops = await queue.restore();
  for (const op of ops) {
    const question = questionNamed(op.key);
    if (question) putBack(question, op);
  }
  if (!ops.length) return;
  if (form) askWhatFollows();
  const drawn = ops.some((op) => op.screen === form?.dataset.screen && !op.done && !questionNamed(op.key));
  if ((await queue.flush()) && drawn) once(() => go(here, { push: false }));
}

function putBack(question, op) {
  for (const field of question.querySelectorAll("input:not([type=hidden]):not([type=file]), textarea, select")) {
    const values = op.fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
  if (op.refused) showError(question, op.refused);
}

// --- begin -----------------------------------------------------------------------------------------------------------

function isTyped(target) {
  return target.matches("textarea, input[type=text], input[type=tel], input[type=email], input[type=url], input:not([type])");
}

document.addEventListener("change", (event) => {
  const question = form?.contains(event.target) && questionOf(event.target);
  if (!question) return;
  keepExclusive(event.target);
  askWhatFollows();
  if (!isHalfDate(question)) keep(question);
});

// Parts of a screen with a script of their own, as the body chart, hand what was given to the same queue.
document.addEventListener("intake:keep", (event) => {
  if (!queue || !form?.contains(event.target)) return;
  event.preventDefault();
  say("");
  queue.add({ key: event.detail.key, screen: form.dataset.screen, fields: event.detail.fields });
  queue.flush();
});

document.addEventListener("input", (event) => {
  const question = form?.contains(event.target) && questionOf(event.target);
  if (!question) return;
  if (event.target.type === "range") tellSlider(event.target);
  if (!isTyped(event.target) || event.target.closest(".date-parts")) return;
  const linkId = question.dataset.question;
  window.clearTimeout(typing.get(linkId));
  typing.set(linkId, window.setTimeout(() => keep(question), TYPING_PAUSE));
});

document.addEventListener("submit", (event) => {
  if (event.target === form) {
    if ("settled" in form.dataset) return;
    event.preventDefault();
    const { submitter } = event;
    once(() => step(submitter));
  } else if (queue && !queue.isEmpty && event.target.matches("main form")) {
    // Sending the form, or leaving it, waits for what is still on its way.
    event.preventDefault();
    const { target, submitter } = event;
    once(async () => ((await queue.flush()) ? target.requestSubmit(submitter) : say(word("offline"))));
  }
}, { capture: true });

document.addEventListener("click", (event) => {
  const link = event.target.closest("main a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const to = new URL(link.href);
  if (to.origin !== window.location.origin || !to.pathname.startsWith("/intake/form/") || to.pathname === here) return;
  event.preventDefault();
  once(() => go(to.pathname, { hash: to.hash }));
});

window.addEventListener("popstate", () => {
  if (window.location.pathname !== here) once(() => go(window.location.pathname, { push: false }));
});

window.addEventListener("beforeunload", (event) => {
  // In the vault it is safe; only a device without one must ask.
  if (queue && !queue.vault && !queue.isEmpty) event.preventDefault();
});

async function begin() {
  const shell = document.querySelector("[data-whose]");
  if (!shell) return;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const way = { url: shell.dataset.saveUrl, token, whose: shell.dataset.whose, tooLarge: word("too-large") };
  queue = new Queue({ send: (batch, signal) => inTurn(() => send(batch, { ...way, signal })), hear });
  mount();
  watchIdle(async () => { keepTyped(); await queue.flush(); });
  if (window.location.hash === "#more") document.querySelector("[data-advice]")?.focus();
  queue.vault = await openVault(shell.dataset.whose, shell.dataset.vaultKey);
  await bringBack();
}

begin();
