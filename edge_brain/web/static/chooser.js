// Choosing a class in a dialog: by its key, a tap, or a new name.

const dialog = document.querySelector("#chooser");
const suggested = document.querySelector("#chooser-suggested");
const typed = document.querySelector("#chooser-label");
let answer = null;

/** Ask for a class; null when none was chosen. `likely` is offered first. */
export function chooseClass(title, likely) {
  answer = null;
  document.querySelector("#chooser-title").textContent = title;
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

const buttons = () => [...document.querySelectorAll("#chooser-classes button")];

dialog?.addEventListener("keydown", (event) => {
  if (event.target === typed || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const place = document.querySelector("#chooser-classes").dataset.keys.indexOf(event.key);
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
document.querySelector("#chooser-new")?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (typed.value.trim()) take(typed.value.trim());
});
