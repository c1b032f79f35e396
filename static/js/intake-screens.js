// Screens in this page's memory: those that follow, fetched ahead, and those just left, with what was typed on them.
// The server's pages stay the form; here one takes the place of another without a new page, so that it goes on in a tunnel.
import { inTurn } from "./intake-turns.js";

const AHEAD = 4;
const WAITS = 8000; // a request that hangs must not hold up the next answer
const texts = new Map(); // address -> page as text: what follows
const left = new Map(); // address -> what a screen was when it was left, fields and all

export function pathOf(address) {
  return new URL(address, window.location.href).pathname;
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

// Scripts of a parsed page do not run by themselves. A module that is here already does not run again.
function modulesOf(page) {
  const scripts = [...page.querySelectorAll('script[type="module"][src]')];
  return scripts.map((script) => import(script.getAttribute("src")).catch(() => {}));
}

/** Fetch what follows, one at a time, until the client has moved on. */
export async function fetchAhead(addresses, isStill) {
  for (const address of addresses.slice(0, AHEAD)) {
    if (!isStill()) return;
    if (texts.has(address) || left.has(address)) continue;
    try {
      await inTurn(async () => {
        const signal = AbortSignal.timeout(WAITS);
        const reply = await fetch(address, { credentials: "same-origin", headers: { "X-Ahead": "1" }, priority: "low", signal });
        if (!reply.ok || pathOf(reply.url) !== address) return;
        texts.set(address, await reply.text());
        await Promise.all(modulesOf(parsed(texts.get(address))));
      });
    } catch {
      return;
    }
  }
}

export function isKept(address) {
  return left.has(address) || texts.has(address);
}

// What belongs to a screen: its questions, and in the header the progress and the switch of languages.
const PARTS = ["main", ".site-header"];

function partsOf(page) {
  return PARTS.map((where) => {
    const part = document.createDocumentFragment();
    part.append(...page.querySelector(where).childNodes);
    return part;
  });
}

/** Take the screen that is shown out of the page, fields and all. */
export function setAside(address) {
  left.set(address, { title: document.title, parts: partsOf(document) });
}

function put({ parts, title }) {
  PARTS.forEach((where, at) => document.querySelector(where).replaceChildren(parts[at]));
  document.title = title;
}

/** A page as the server sent it, in place of what is shown. What it brings along (a script, a sheet) is loaded once. */
export async function show(html) {
  const page = parsed(html);
  for (const sheet of page.querySelectorAll('link[rel="stylesheet"]')) {
    const href = sheet.getAttribute("href");
    if (!document.querySelector(`link[rel="stylesheet"][href="${CSS.escape(href)}"]`)) document.head.append(document.adoptNode(sheet));
  }
  const modules = modulesOf(page);
  put({ parts: partsOf(page), title: page.title });
  await Promise.all(modules);
}

/** Show a screen out of memory. */
export async function showKept(address) {
  const one = left.get(address);
  if (one) {
    left.delete(address);
    put(one);
  } else {
    await show(texts.get(address));
  }
}
