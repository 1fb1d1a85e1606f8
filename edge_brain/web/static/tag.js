// Tagging: one key or one tap a class, for what the camera sees and for the frames that were kept.
//
//     tag ─┬─ tag_kept    frames, burst by burst           ─┐
//          ├─ tag_camera  what is seen now                 ─┼─ tag_sent  in the order of the keys, told, taken back
//          └─ tag_classes a button and a key for each class ┘

import { ask, onKey, toast } from "./workspace.js";
import { look, moved, onCamera, skip, suggestSeen, tagSeen } from "./tag_camera.js";
import { addClass, classOf, dropClass, isClass, showClasses } from "./tag_classes.js";
import { askAgain, lacks, nextBurst, show, step, tagKept, takeIn } from "./tag_kept.js";
import { moment, undo } from "./tag_sent.js";

const PAUSE_MS = 2000; // at least, between two looks at what others do
const PAUSES = 10; // and so many times as long as a look took: a device that is slow is asked less often

const suggested = document.querySelector("#suggested");
const whole = document.querySelector("#whole");
const newLabel = document.querySelector("#new-label");

async function tag(label) {
  const isNew = addClass(label);
  const tagged = await (onCamera() ? tagSeen(label) : tagKept(label));
  if (isNew && !tagged) dropClass(label);
}

// ── beside others ──────────────────────────────────────────────────────────────────────────────

let wanted = false;
let busy = false;

/** Look at what others have done: now, or after a pause if that was just done. */
async function lookAround() {
  wanted = true;
  if (busy) return;
  busy = true;
  while (wanted) {
    wanted = false;
    const began = performance.now();
    await takeNews().catch(() => {}); // the page says that the device is away; the next news bring all
    await new Promise((rested) => setTimeout(rested, Math.max(PAUSE_MS, PAUSES * (performance.now() - began))));
  }
  busy = false;
}

async function takeNews() {
  const asked = moment();
  const [waiting, classes] = await Promise.all([ask("/untagged"), ask("/classes")]);
  // in the order of use only where some are to be added: to work that out takes the device a hundred times as long
  const ordered = lacks(waiting) ? await ask("/untagged", { query: { useful_first: true } }) : waiting;
  showClasses(classes, asked);
  takeIn(ordered, asked);
  await askAgain();
}

document.addEventListener("brain-score", lookAround);
document.addEventListener("connected", ({ detail }) => detail.again && lookAround());

// ── keys and buttons ───────────────────────────────────────────────────────────────────────────

const takeWhole = () => whole.setAttribute("aria-pressed", String(whole.getAttribute("aria-pressed") !== "true"));

const commands = {
  u: undo,
  "+": () => newLabel.focus(),
  Enter: () => suggested.dataset.label && tag(suggested.dataset.label),
  n: () => (onCamera() ? moved() : nextBurst()),
  s: () => (onCamera() ? skip() : step(1)),
  ArrowRight: () => !onCamera() && step(1),
  ArrowLeft: () => !onCamera() && step(-1),
  "*": takeWhole,
};

function press(key) {
  const label = classOf(key);
  if (label === undefined) commands[key]();
  else if (isClass(label)) tag(label);
  else toast(`${label} is no class any more: nothing was done.`, { trouble: true });
}

onKey((key, event) => {
  if (classOf(key) === undefined && !Object.hasOwn(commands, key)) return false;
  if (event.repeat && !key.startsWith("Arrow")) return true; // a key that is held is one key
  if (key === "Enter" && document.activeElement?.matches("a, button, summary")) return false; // it means that
  press(key);
  return true;
});

document.querySelector("#choices").addEventListener("click", ({ target, detail }) => {
  const button = target.closest("button");
  if (button && detail) button.blur(); // by mouse or finger: the next Enter means what it says, not this again
  if (button?.dataset.label && button !== suggested) tag(button.dataset.label);
});
suggested.addEventListener("click", commands.Enter);
document.querySelector("#undo").addEventListener("click", undo);
document.querySelector("#skip").addEventListener("click", commands.s);
document.querySelector("#back").addEventListener("click", commands.ArrowLeft);
document.querySelector("#next-burst").addEventListener("click", commands.n);
document.querySelector("#pass").addEventListener("click", commands.s);
document.querySelector("#part").addEventListener("click", commands.n);
whole.addEventListener("click", takeWhole);
document.querySelector("#new-class").addEventListener("submit", (event) => {
  event.preventDefault();
  const label = newLabel.value.trim().normalize("NFC"); // as the brain writes it
  newLabel.value = "";
  newLabel.blur();
  if (label) tag(label);
});
newLabel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  newLabel.value = "";
  newLabel.blur();
});

// a click on a mode gives it the focus, in which arrow keys choose a mode: by mouse or finger they go on meaning frames
let pointed = false;
document.querySelector(".modes")?.addEventListener("click", ({ target, detail }) => {
  if (target.closest("label")) pointed = detail > 0;
  else if (detail > 0 || pointed) {
    target.blur();
    pointed = false;
  }
});
document.querySelector(".modes")?.addEventListener("change", () => {
  look();
  show();
  if (onCamera()) suggestSeen();
});

look();
show();
