// Suspects, one at a time: a key says whether the tag is right, and the next is shown at once.
//
// What a key did is sent in the order of the keys, and told when it is on the disk.

import { act, api, onKey, relabel, undo } from "./workspace.js";
import { askClass } from "./ask_class.js";

const doubts = [...document.querySelectorAll(".doubt")];
const answers = document.querySelector("#answers");
const left = document.querySelector("#left");
const queue = [...doubts]; // not answered yet; the first is shown

function show() {
  const shown = queue[0];
  for (const each of doubts) each.hidden = each !== shown;
  answers.hidden = !shown;
  document.querySelector("#done").hidden = Boolean(shown);
  const count = Number(left.dataset.suspects) - (doubts.length - queue.length);
  left.textContent = count === 1 ? "1 frame looks wrongly tagged" : `${count} frames look wrongly tagged`;
  if (!shown) return;
  for (const place of answers.querySelectorAll("[data-label]")) place.textContent = shown.dataset.label;
  for (const place of answers.querySelectorAll("[data-other]")) place.textContent = shown.dataset.other;
  document.querySelector("#spoken").textContent = shown.querySelector(".question").textContent;
}

/** Go back to a suspect that is not answered after all: it was undone, or it failed. */
function again(doubt) {
  queue.unshift(doubt);
  show();
}

/** Show the next at once, and this one again if what is asked for fails. */
async function answer(asked, doubt = queue[0]) {
  queue.splice(queue.indexOf(doubt), 1);
  const { id, label, other } = doubt.dataset;
  show();
  const done = await asked({ id, label, other, options: { after: (undone) => undone && again(doubt), picture: `/thumbnail/${id}` } });
  if (!done) again(doubt);
}

const confirm = (id, right) => api("/confirm", { json: { frame_id: id, right } });

const deeds = {
  1: ({ id, label, options }) => act(`${label} is right`, { ask: () => confirm(id, true), back: () => confirm(id, false), ...options }),
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

show();
