// Choosing a class in a dialog: by its key, a tap, or a new name.

const dialog = document.querySelector("#ask-class");
const suggested = document.querySelector("#ask-class-suggested");
const typed = document.querySelector("#ask-class-label");
let answer = null;

/** Ask for a class; null when none was chosen. `likely` is offered first. */
export function askClass(title, likely) {
  answer = null;
  document.querySelector("#ask-class-title").textContent = title;
  suggested.hidden = !likely;
  suggested.dataset.label = likely ?? "";
  suggested.querySelector(".name").textContent = likely ?? "";
  typed.value = "";
  dialog.showModal();
  dialog.tabIndex = -1;
  dialog.focus(); // keys mean classes, and none is chosen by an Enter that came too late
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(answer), { once: true }));
}

function take(label) {
  answer = label;
  dialog.close();
}

const buttons = () => [...document.querySelectorAll("#ask-class-classes button")];

dialog?.addEventListener("keydown", (event) => {
  if (event.target === typed || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const place = document.querySelector("#ask-class-classes").dataset.keys.indexOf(event.key);
  if (event.key === "+") typed.focus();
  else if (event.key === "Enter" && event.target === dialog && !suggested.hidden) take(suggested.dataset.label);
  else if (event.key.length === 1 && place >= 0 && buttons()[place]) take(buttons()[place].dataset.label);
  else return;
  event.preventDefault();
});
dialog?.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-label]");
  if (button) take(button.dataset.label);
});
document.querySelector("#ask-class-new")?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (typed.value.trim()) take(typed.value.trim());
});
