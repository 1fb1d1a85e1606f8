// Which class: those that there are, with their keys, or a new one; asked for in a dialog.

const chooser = document.querySelector("#chooser");
const classes = document.querySelector("#classes");
const suggested = document.querySelector("#suggested");
const newLabel = document.querySelector("#new-label");
const KEYS = classes.dataset.keys; // one a class, in their order

const labels = () => [...classes.querySelectorAll("button")].map((button) => button.dataset.label);

/** Return the class of a key, if it is one's. */
export const keyed = (key) => (key.length === 1 ? labels()[KEYS.indexOf(key)] : undefined);

/** Let a class be chosen that is new here. */
export function addClass(label) {
  if (labels().includes(label)) return;
  const item = document.createElement("li");
  const button = document.createElement("button");
  const key = document.createElement("kbd");
  const name = document.createElement("bdi");
  button.type = "button";
  button.dataset.label = label;
  key.textContent = KEYS[labels().length] ?? "";
  name.className = "name";
  name.textContent = label;
  button.append(key, " ", name);
  item.append(button);
  classes.append(item);
}

/** Ask for a class; null when the person would rather not. */
export function choose(question, likely) {
  document.querySelector("#chooser-title").textContent = question;
  suggested.hidden = !likely;
  suggested.dataset.label = likely ?? "";
  suggested.querySelector(".name").textContent = likely ?? "";
  newLabel.value = "";
  chooser.returnValue = "";
  chooser.showModal();
  return new Promise((resolve) => {
    chooser.addEventListener("close", () => resolve(chooser.returnValue || null), { once: true });
  });
}

chooser.addEventListener("click", ({ target }) => {
  if (target === chooser) chooser.close(); // beside it
  const button = target.closest("[data-label]");
  if (button) chooser.close(button.dataset.label);
});
chooser.addEventListener("keydown", (event) => {
  const label = event.target === newLabel || event.ctrlKey || event.metaKey || event.altKey ? undefined : keyed(event.key);
  if (label === undefined) return;
  event.preventDefault();
  chooser.close(label);
});
document.querySelector("#cancel").addEventListener("click", () => chooser.close());
document.querySelector("#new-class").addEventListener("submit", (event) => {
  event.preventDefault();
  if (newLabel.value.trim()) chooser.close(newLabel.value.trim());
});
