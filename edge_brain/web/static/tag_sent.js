// What the keys did: sent in the order of the keys, told when it is on the disk, and taken back, the last first.

import { giveBack, toast } from "./workspace.js";

const desk = document.querySelector("#desk");
const undoButton = document.querySelector("#undo");
const done = []; // what can be taken back, the last at the end
const touched = new Map(); // by a frame's id or a class: how much of it is unsent, and when the last was answered
let sending = Promise.resolve();
let moments = 0;

/**
 * Give frames a class, and tell it; return whether it was done: what fails is told, and changed nothing.
 *
 * `ask()` does it, and its answer's `were` undoes it; `ids` are the frames that are known beforehand; `told(answer)`
 * returns the words and the frame to show; `back()` shows again what was shown before.
 */
export function act(ask, { label, ids = [], told, back }) {
  const about = [...ids, label];
  const deed = { sent: send(ask, about), label, about, back };
  done.push(deed);
  undoButton.disabled = false;
  return deed.sent.then(
    (answer) => {
      const { text, id } = told(answer);
      toast(text, { picture: `/thumbnail/${id}` });
      return true;
    },
    () => {
      const place = done.indexOf(deed);
      if (place >= 0) {
        done.splice(place, 1);
        undoButton.disabled = !done.length;
        back();
      } // else it was taken back already
      return false;
    },
  );
}

/** Take back what was done last and is not taken back yet. */
export async function undo() {
  const last = done.pop();
  undoButton.disabled = !done.length;
  if (!last) return;
  last.back();
  try {
    await send(async () => {
      const { were } = await last.sent;
      await giveBack(were, Object.fromEntries(Object.keys(were).map((id) => [id, last.label])));
    }, last.about);
    toast("Undone.");
  } catch {
    // which was told; or it was never done, which was told, too
  }
}

/** Send one after the other, in the order of the keys: what a later key sends waits its turn. */
function send(ask, about) {
  const sent = sending.then(ask);
  touch(about, 1);
  sending = sent.catch(() => {}).then(() => touch(about, -1));
  return sent;
}

function touch(about, more) {
  desk.dataset.unsent = Number(desk.dataset.unsent ?? 0) + more;
  for (const each of about) touched.set(each, { unsent: (touched.get(each)?.unsent ?? 0) + more, moment: moment() });
}

// what was not yet said to be on the disk is not left without a word
addEventListener("beforeunload", (event) => Number(desk.dataset.unsent ?? 0) > 0 && event.preventDefault());

/** Return a moment to ask the brain at: the answer knows what was done before it. */
export function moment() {
  return (moments += 1);
}

/** Say whether an answer that was asked for at a moment may be too old to tell of a frame or a class. */
export function touchedSince(asked, what) {
  const { unsent, moment } = touched.get(what) ?? { unsent: 0, moment: 0 };
  return unsent > 0 || moment > asked;
}
