// A form left alone hides its answers. They are taken out of the page, kept by the clinic, and come back with the date of birth.
import { word } from "./intake-words.js";

const cover = document.querySelector("template[data-cover]");
const minutes = Number(cover?.dataset.minutes || 0);
const WARN_BEFORE = 60_000;
let touched = Date.now();
let hidden = false;
let note = null;

function stir() {
  touched = Date.now();
  note?.remove();
  note = null;
}

function warn() {
  if (note) return;
  note = Object.assign(document.createElement("p"), { className: "idle-note", textContent: word("idle") });
  note.setAttribute("role", "status");
  document.body.append(note);
}

function hide() {
  hidden = true;
  note?.remove();
  for (const one of document.querySelectorAll("main, .site-header, .site-footer")) one.replaceChildren();
  document.querySelector("main").replaceChildren(cover.content.cloneNode(true));
  document.title = document.querySelector("main h1").textContent;
  document.querySelector("main h1").focus();
}

async function lock(token) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token);
  body.set("at", window.location.pathname.split("/").filter(Boolean).at(-1));
  try {
    await fetch(cover.dataset.hideUrl, { method: "POST", body, credentials: "same-origin" });
  } catch {
    return false; // the tunnel; the page stays covered and tries again
  }
  // Not "back" to here: what the browser keeps of this page is the cover.
  window.location.replace(cover.dataset.startUrl);
  return true;
}

/** `settle` sends what is not sent yet, or keeps it safely on the device. */
export function watchIdle(settle) {
  if (!minutes) return;
  for (const kind of ["pointerdown", "keydown", "input", "wheel"]) {
    document.addEventListener(kind, stir, { passive: true, capture: true });
  }
  const look = async () => {
    if (hidden) return;
    const idle = Date.now() - touched;
    if (idle >= minutes * 60_000) {
      const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
      const settled = settle();
      hide();
      await settled;
      while (!(await lock(token))) await new Promise((done) => window.setTimeout(done, 5000));
    } else if (idle >= minutes * 60_000 - WARN_BEFORE) warn();
  };
  window.setInterval(look, 5000);
  // A phone that slept: before anybody reads, not five seconds later.
  document.addEventListener("visibilitychange", look);
  // Out of the browser's memory of pages nothing is shown that the server would not show now.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
}
