// The builder's manners: the phone follows every change, open groups stay open, nothing typed is left behind, lines of
// the outline are moved by dragging or with Alt and the arrows. Without this script the same buttons do all of it.
const builder = document.querySelector("[data-builder]");
const phone = builder?.querySelector("[data-phone]");
const work = () => document.getElementById("work");
const form = () => document.getElementById("item-form");
let shown = work()?.dataset.preview;
let dirty = false;
let kept = { open: [], top: 0 };

builder?.addEventListener("input", (event) => {
  if (event.target.closest("#item-form")) dirty = true;
});

// Changing the kind of a question changes its fields.
builder?.addEventListener("change", (event) => {
  if (event.target.name === "item-kind") press("save");
});

function press(verb, more = {}) {
  const sent = form();
  for (const [name, value] of Object.entries({ ...more, do: verb })) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    sent.prepend(field);
  }
  sent.requestSubmit();
}

// Going to another item keeps what was typed in this one.
builder?.addEventListener("click", (event) => {
  const line = event.target.closest("a.outline-row");
  if (!line || !dirty || !form() || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  press(`go:${line.dataset.item ?? ""}`);
}, true);

builder?.addEventListener("keydown", (event) => {
  const line = event.target.closest("a.outline-row[data-item]");
  if (!line || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  if (line.getAttribute("aria-current")) press(event.key === "ArrowUp" ? "up" : "down");
  else line.click();
});

// Dragging: a line goes before the one it is dropped on, or into a group.
let dragged = "";
builder?.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-item]")?.dataset.item ?? "";
});
builder?.addEventListener("dragover", (event) => {
  const line = event.target.closest("[data-item]");
  for (const other of builder.querySelectorAll(".is-over")) other.classList.remove("is-over");
  if (!line || !dragged || line.dataset.item === dragged) return;
  event.preventDefault();
  line.classList.add("is-over");
});
builder?.addEventListener("drop", (event) => {
  const line = event.target.closest("[data-item]");
  if (!line || !dragged || line.dataset.item === dragged) return;
  event.preventDefault();
  press("drop", { dragged, dropped_on: line.dataset.item });
  dragged = "";
});

// The open question is in sight on the phone. An address with "#" would take the focus away from the editor.
function show() {
  const place = phone?.contentDocument?.getElementById(work()?.dataset.anchor);
  if (place) phone.contentWindow.scrollTo(0, place.getBoundingClientRect().top + phone.contentWindow.scrollY - 120);
}
phone?.addEventListener("load", show);

document.body.addEventListener("htmx:beforeSwap", () => {
  const outline = document.querySelector("[data-outline]");
  if (!outline) return;
  kept = {
    open: [...outline.querySelectorAll("details[open]")].map((one) => one.dataset.group),
    top: outline.scrollTop,
    line: document.activeElement?.dataset?.item,
  };
});

document.body.addEventListener("htmx:afterSettle", () => {
  const outline = document.querySelector("[data-outline]");
  if (!outline) return;
  for (const group of outline.querySelectorAll("details")) group.open ||= kept.open.includes(group.dataset.group);
  outline.scrollTop = kept.top;
  if (kept.line) outline.querySelector(`[data-item="${CSS.escape(kept.line)}"]`)?.focus();
  const chosen = outline.querySelector("[aria-current]");
  if (chosen && (chosen.offsetTop < outline.scrollTop || chosen.offsetTop > outline.scrollTop + outline.clientHeight)) {
    chosen.scrollIntoView({ block: "nearest" });
  }
  const fresh = document.querySelector("[data-select]");
  fresh?.focus();
  fresh?.select();
  if (phone && work()?.dataset.preview !== shown) {
    shown = work().dataset.preview;
    phone.src = shown;
  } else {
    show();
  }
  if (!form()?.querySelector(".is-invalid")) dirty = false;
  work().dataset.ready = "yes";
});

window.addEventListener("beforeunload", (event) => {
  if (dirty && !form()?.dataset.sending) event.preventDefault();
});
