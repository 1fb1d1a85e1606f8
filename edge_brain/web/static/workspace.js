// What every page does: shows the Brain Score as it changes, asks the API, tells what was done and undoes it.

export { ask } from "./api.js";
export { act, api, forget, forgetDone, giveBack, relabel, toast, undo } from "./done.js";
export { parsed, refresh } from "./news.js";
export { heldFocus, replace } from "./parts.js";

/**
 * Call `act(key, event)` for plain keys, unless somebody types; it returns whether it knew the key.
 *
 * A key that is held counts once, so that no frame is tagged unseen; held arrows go on.
 */
export function onKey(act) {
  document.addEventListener("keydown", (event) => {
    const arrow = event.key.startsWith("Arrow");
    const typing = event.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog");
    const choosing = event.target.type === "radio" && arrow;
    if (typing || choosing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const held = event.repeat && !arrow;
    if (held ? event.key === "Enter" : act(event.key, event)) event.preventDefault(); // else a button is pressed by each
  });
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-close]")) target.closest("dialog").close();
});
