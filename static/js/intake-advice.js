// Advice that cannot wait, in the boxes the page brought along: the words come from the server.
export function showAdvice(form, { advice, advice_mark: mark }) {
  const panel = document.querySelector("[data-advice]");
  if (!panel || form.elements.advice_shown.value === mark) return;
  form.elements.advice_shown.value = mark;
  panel.replaceChildren(...advice.map((one) => {
    const pattern = document.querySelector(`template[data-advice-for="${one.level}"]`);
    const box = pattern.content.firstElementChild.cloneNode(true);
    box.querySelector("[data-advice-text]").textContent = one.text;
    const call = box.querySelector(".call a");
    if (call) {
      call.href = `tel:${one.call.replaceAll(" ", "")}`;
      call.textContent = call.textContent.replace("?", one.call);
    }
    return box;
  }));
  if (advice.length) {
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "start" });
  }
}
