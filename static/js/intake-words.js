// The words this page may say, in the language it was written in: a template of the page holds them.
const words = document.querySelector("template[data-words]");

export function word(name) {
  return words?.content.querySelector(`[data-word="${name}"]`)?.textContent.trim() || "";
}
