// What was done on this page: told as it is done, and taken back, the last first.

import { ask } from "./api.js";

const TOAST_MS = 8000;
const PAST = [400, 404, 409]; // status of what cannot be undone any more: it is gone, or another has changed it since

const toasts = document.querySelector("#toasts");
const undoable = []; // what takes back what was done, the last at the end
let doing = Promise.resolve();

/** Ask the API; what failed is told to the person, too, and thrown. */
export async function api(path, asked) {
  try {
    return await ask(path, asked);
  } catch (error) {
    toast(error.message, { trouble: true });
    throw error;
  }
}

/** Tell what was done, with a way back where there is one; `picture` is the address of what it was done to. */
export function toast(text, { undo: back, trouble, picture } = {}) {
  if (back) undoable.push(back);
  offerUndo();
  const shown = document.createElement("div");
  shown.className = trouble ? "toast trouble" : "toast";
  if (picture) {
    const image = document.createElement("img");
    image.src = picture;
    image.alt = "";
    shown.append(image);
  }
  const words = document.createElement("p");
  words.textContent = text;
  shown.append(words);
  if (undoable.length && !trouble) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = back ? "Undo" : "Undo more";
    button.addEventListener("click", undo);
    shown.append(button);
  }
  toasts.replaceChildren(shown);
  setTimeout(() => shown.contains(document.activeElement) || shown.remove(), TOAST_MS);
}

/** Do one thing after the other, in the order in which they were asked for. */
function inTurn(work) {
  const done = doing.then(work);
  doing = done.catch(() => {});
  return done;
}

/**
 * Take back what was done last and is not taken back yet, again and again.
 *
 * What the device did not do for now can be tried again; what cannot be done any more is in the way of nothing.
 */
export function undo() {
  return inTurn(async () => {
    const back = undoable.at(-1);
    if (!back) return;
    try {
      await back();
    } catch (error) {
      if (PAST.includes(error.status)) forget(back);
      throw error;
    }
    forget(back);
    toast("Undone.");
  }).catch(() => {}); // which was told
}

/** Let one thing not be taken back (any more): it was, or it cannot be. */
export function forget(back) {
  const place = undoable.indexOf(back);
  if (place >= 0) undoable.splice(place, 1);
  offerUndo();
}

/** Let nothing that was done be taken back: what it was done to is gone. */
export function forgetDone() {
  undoable.length = 0;
  offerUndo();
}

/** Show the page's own buttons for undoing while there is something to undo. */
function offerUndo() {
  for (const button of document.querySelectorAll("[data-undo]")) button.hidden = !undoable.length;
}

/**
 * Do something that can be taken back, and tell it; return whether it was done: what fails is told, and changed nothing.
 *
 * `ask()` does it, `back(answer)` undoes it, `after(undone)` is called after either.
 */
export function act(text, { ask, back, after = () => {}, picture }) {
  return inTurn(async () => {
    const answer = await ask();
    const undo = async () => {
      await back(answer);
      after(true);
    };
    toast(text, { undo, picture });
    after(false);
  }).then(() => true, () => false); // which was told
}

/** Give frames other classes, by their ids; nothing is done when one is not tagged as `expected` says. */
export function relabel(frames, text, { expected, ...options } = {}) {
  const ask = () => api("/relabel", { json: { frames, expected } });
  return act(text, { ask, back: ({ were }) => giveBack(were, frames), ...options });
}

/** Give frames what they were tagged as again, unless somebody has said something else of one since. */
export function giveBack(were, expected) {
  return api("/relabel", { json: { frames: were, expected } });
}

document.addEventListener("click", ({ target }) => target.closest("[data-undo]") && undo());
document.addEventListener("refreshed", offerUndo);
