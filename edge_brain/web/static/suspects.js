// Suspects, one at a time: a key says whether the tag is right, and the next is shown at once.
//
// What a key did is sent in the order of the keys, and told when it is on the disk.

import { act, api, onKey, refresh, relabel, undo } from "./workspace.js";
import { askClass } from "./ask_class.js";

const answers = document.querySelector("#answers");
const answered = new Map(); // suspects by their ids, each with the tag that it had, as far as answers are under way
const restored = new Set(); // suspects whose answers were undone, until the device tells them again
let doubts = []; // that are on the page
let queue = []; // of these, those that are not answered yet; the first is shown
let told = null; // the one that was read out

const page = () => document.querySelector("#doubts"); // which is replaced when others tag, too

/** Take up what is on the page by now; what was skipped stays behind, and `first` comes first. */
function take(first) {
  for (const doubt of restored) {
    if (doubt.isConnected) continue;
    if (page().querySelector(`[data-id="${doubt.dataset.id}"]`)) restored.delete(doubt);
    else insert(doubt);
  }
  const order = [first, ...queue.map((doubt) => doubt.dataset.id)];
  const place = ({ dataset: { id } }) => (order.includes(id) ? order.indexOf(id) : order.length);
  doubts = [...page().querySelectorAll(".doubt")];
  for (const id of answered.keys()) if (!doubts.some((doubt) => doubt.dataset.id === id)) answered.delete(id);
  queue = doubts.filter(({ dataset: { id, label } }) => answered.get(id) !== label);
  queue.sort((one, other) => place(one) - place(other));
  show();
}

/** Put a suspect on the page that the device may not tell again yet; `taken` takes it from there. */
function insert(doubt, taken = false) {
  page().dataset.suspects = Number(page().dataset.suspects) + (taken ? -1 : 1);
  if (taken) doubt.remove();
  else page().prepend(doubt);
}

function show() {
  const shown = queue[0];
  for (const each of doubts) each.hidden = each !== shown;
  if (!shown && answers.contains(document.activeElement)) document.querySelector("#main").focus();
  answers.hidden = !shown;
  document.querySelector("#done").hidden = Boolean(shown);
  const count = Number(page().dataset.suspects) - (doubts.length - queue.length);
  document.querySelector("#left").textContent = count === 1 ? "1 frame looks wrongly tagged" : `${count} frames look wrongly tagged`;
  if (!shown) return;
  for (const place of answers.querySelectorAll("[data-label]")) place.textContent = shown.dataset.label;
  for (const place of answers.querySelectorAll("[data-other]")) place.textContent = shown.dataset.other;
  if (told !== shown.dataset.id) document.querySelector("#spoken").textContent = shown.querySelector(".question").textContent;
  told = shown.dataset.id;
}

/** Go back to a suspect that is not answered after all: it was undone, and so is what it was, or it failed. */
function again(doubt, undone) {
  answered.delete(doubt.dataset.id);
  if (undone) restored.add(doubt);
  else if (restored.delete(doubt) && doubt.isConnected) insert(doubt, true);
  take(doubt.dataset.id);
  if (!undone) refresh(); // somebody else may have answered
}

/** Show the next at once, and this one again if what is asked for fails. */
async function answer(asked, doubt = queue[0]) {
  const { id, label, other } = doubt.dataset;
  queue.splice(queue.indexOf(doubt), 1);
  answered.set(id, label);
  show();
  const options = { expected: { [id]: label }, after: (undone) => undone && again(doubt, true), picture: `/thumbnail/${id}` };
  if (!(await asked({ id, label, other, options }))) again(doubt, false);
}

const confirm = (id, label, right) => api("/confirm", { json: { frame_id: id, label, right } });

const deeds = {
  1: ({ id, label, options }) =>
    act(`${label} is right`, { ask: () => confirm(id, label, true), back: () => confirm(id, label, false), ...options }),
  2: ({ id, other, options }) => relabel({ [id]: other }, `Tagged ${other}`, options),
  4: ({ id, options }) => relabel({ [id]: null }, "Untagged", options),
  d: ({ id, options }) =>
    act("Discarded", {
      ask: () => api("/discard", { json: { frame_ids: [id] } }),
      back: () => api("/restore", { json: { frame_ids: [id] } }),
      ...options,
    }),
};

async function another() {
  const doubt = queue[0];
  const label = await askClass("What is it?", null);
  if (label) answer(({ id, options }) => relabel({ [id]: label }, `Tagged ${label}`, options), doubt);
}

function skip() {
  queue.push(queue.shift());
  show();
}

function press(key) {
  if (key === "u") undo();
  else if (queue.length && key === "3") another();
  else if (queue.length && key === "s") skip();
  else if (queue.length && Object.hasOwn(deeds, key)) answer(deeds[key]);
  else return false;
  return true;
}

onKey((key) => !document.querySelector("dialog[open]") && press(key));
answers.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-do]");
  if (button) press(button.dataset.do);
});

document.addEventListener("refreshed", () => take());
take();
