// The session note keeps itself: every change goes to the server, one save at a time. What could not be sent waits in
// this window's memory and is tried again; nothing about a client is ever written to the device.
const form = document.querySelector("[data-note]");
const state = document.querySelector("[data-save-state]");
const SIGNED_OUT = "You were signed out: sign in again in another tab, this window keeps your words";
const RETRY = [2000, 5000, 10000, 20000];

let changed = 0; // counts changes; a save covers those made before it began
let saved = 0;
let timer = 0;
let failures = 0;
let stopped = false; // signed, taken over or in conflict: saving on would overwrite
let running = null;

function say(words, wrong = false) {
  state.textContent = words;
  state.dataset.state = wrong ? "wrong" : unsaved() ? "saving" : "saved";
  state.classList.toggle("is-wrong", wrong);
}

function unsaved() {
  return changed !== saved;
}

function later(milliseconds) {
  window.clearTimeout(timer);
  timer = window.setTimeout(save, milliseconds);
}

async function freshToken() {
  // Signing in again in another window gives a new token; the page itself knows it.
  const page = await fetch(window.location.href, { credentials: "same-origin" });
  if (page.redirected) return false;
  const token = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
  if (token) form.elements.csrfmiddlewaretoken.value = token.value;
  return Boolean(token);
}

function failed(words) {
  const wait = RETRY[Math.min(failures, RETRY.length - 1)];
  failures += 1;
  say(words, true);
  later(wait);
}

async function send() {
  const covered = changed;
  say("Saving …");
  const body = new FormData(form);
  // Half a sentence is no reason: it counts when its field is left.
  if (document.activeElement === reason) body.delete("reason");
  let answer;
  try {
    answer = await fetch(form.dataset.autosave, {
      method: "POST", body, credentials: "same-origin", redirect: "manual",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
  } catch {
    failed("Offline: kept in this window, trying again");
    return;
  }
  if (answer.type === "opaqueredirect") {
    failed(SIGNED_OUT);
    return;
  }
  if (answer.status === 403) {
    const fresh = await freshToken().catch(() => false);
    if (fresh && failures < 3) {
      failures += 1;
      later(100);
    } else {
      failed(SIGNED_OUT);
    }
    return;
  }
  const told = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : null;
  if (told === null) {
    failed("Not saved: kept in this window, trying again");
    return;
  }
  hear(answer, told, covered, body.get("reason"));
}

function hear(answer, told, covered, given) {
  failures = 0;
  if (told.revision !== undefined) form.elements.revision.value = told.revision;
  if (answer.ok) {
    saved = covered;
    if (given && reason.value === given) reason.value = ""; // kept with the note; the next limit needs its own
    limits(false);
    say(`Saved ${told.saved}`);
  } else if (told.conflict || told.locked) {
    stopped = true;
    say(`${told.message} Press Save to see both versions.`, true);
  } else {
    if (told.limits) limits(true);
    say(`Not saved: ${told.message}`, true);
  }
}

async function save() {
  window.clearTimeout(timer);
  if (stopped || !unsaved() || running) return;
  running = send();
  await running;
  running = null;
  if (unsaved() && !failures && !stopped && state.dataset.state !== "wrong") later(200);
}

function touched(wait) {
  changed += 1;
  state.dataset.state = "waiting"; // shown by a slant only: a word for every pause would be read aloud
  if (!stopped) later(wait);
}

// The box for a reason is only in the way until a limit is passed.
const past = document.querySelector("[data-past-limits]");
const reason = past?.querySelector("textarea");
function limits(needed) {
  if (past && !reason.value && !past.querySelector(".is-invalid")) past.hidden = !needed;
  if (needed && past.hidden) past.hidden = false;
}

// Pressure or minutes tick their technique; taking the tick away empties them.
function technique(target) {
  const row = target.closest("[data-work-row]");
  if (!row) return;
  const box = row.querySelector("[name=work]");
  if (target === box) {
    if (box.checked) return;
    for (const radio of row.querySelectorAll("[type=radio]")) radio.checked = false;
    row.querySelector(".minutes input").value = "";
  } else if (target.value) {
    box.checked = true;
  }
}

// On a phone what was read before stands folded above the form; at a desk it stays open beside it.
if (window.matchMedia("(max-width: 63.99rem)").matches) {
  for (const card of document.querySelectorAll("[data-context]")) card.open = false;
}

if (form && state) {
  limits(false);
  form.addEventListener("input", (event) => {
    technique(event.target);
    touched(event.target.matches("textarea, [type=text]") ? 700 : 50);
  });
  form.addEventListener("focusout", (event) => {
    if (event.target === reason && reason.value) changed += 1;
    if (unsaved()) later(50);
  });

  // A second press takes a pressure or pain back: radio buttons alone cannot be emptied.
  let before = null;
  form.addEventListener("pointerdown", (event) => {
    const radio = event.target.closest("label, input")?.parentElement?.querySelector("[type=radio]");
    before = radio?.checked ? radio : null;
  });
  form.addEventListener("click", (event) => {
    if (event.target.type === "radio" && event.target === before) {
      event.target.checked = false;
      before = null;
      touched(50);
    }
  });

  for (const button of form.querySelectorAll("[data-use]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const box = document.getElementById(button.dataset.use);
      box.value = box.value.trim() ? `${box.value.trimEnd()}\n${button.dataset.words}` : button.dataset.words;
      touched(50);
      box.focus();
    });
  }

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === "s") {
      event.preventDefault();
      changed += 1;
      save();
    } else if (event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[name=then][value=sign]"));
    }
  });

  // The page's own buttons save the whole form: an autosave still on its way would make them look stale.
  form.addEventListener("submit", async (event) => {
    window.clearTimeout(timer);
    if (running) {
      event.preventDefault();
      const submitter = event.submitter;
      await running;
      form.requestSubmit(submitter);
      return;
    }
    stopped = true;
    saved = changed;
  });

  window.addEventListener("online", () => { if (unsaved()) later(0); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && unsaved()) save(); });
  window.addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
  window.addEventListener("pageshow", () => { stopped = false; });
}
