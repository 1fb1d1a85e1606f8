// The camera: its picture, what the brain takes it for, and its tags.

import { api, toast } from "./workspace.js";
import { answer, suggest } from "./tag_classes.js";
import { act } from "./tag_sent.js";

const AGAIN_MS = 5000; // after which a picture that did not come is asked for again

/** The picture; null where the pages look through no camera. */
export const live = document.querySelector("#live");
const part = document.querySelector("#part");
const seen = document.querySelector("#seen");
const state = document.querySelector("#camera-state");
let sight = null;
let looking = false;
let missing = ""; // why there is no picture
let again = null;

/** Say whether keys mean what the camera sees, and not a frame that was kept. */
export function onCamera() {
  return document.querySelector("#mode-camera")?.checked ?? false;
}

/** Offer for Enter what the camera sees. */
export function suggestSeen() {
  suggest(sight?.ranking[0]?.[0] ?? null, sight?.confidence);
}

/** Tag what the camera sees now; return whether that was done. */
export function tagSeen(label) {
  const told = (caught) => ({ text: `Tagged ${caught.label}: ${caught.role}`, id: caught.frame_id });
  return act(() => api("/camera/tag", { json: { label } }), { label, told, back: () => {} });
}

/** Begin a new burst with the next tag, whoever gives it; or go on after all. */
export function moved() {
  return api("/camera/part", { method: "POST" }).then(({ message }) => toast(message), () => {}); // which was told
}

/** Go on to the next picture of a folder. */
export function skip() {
  return api("/camera/skip", { method: "POST" }).catch(() => {}); // which was told
}

/** Look, or look away: a stream of pictures takes one of the few connections that a browser has to a device. */
export function look({ anew = false } = {}) {
  const wanted = onCamera() && !document.hidden;
  if (!live || (wanted === looking && !anew)) return;
  clearTimeout(again);
  looking = wanted;
  if (wanted) live.src = `${live.closest("[data-live-picture]").dataset.livePicture}?${Date.now()}`;
  else live.removeAttribute("src");
  live.hidden = !wanted || Boolean(missing);
}

function tell() {
  const { trouble, detail, state: condition } = sight ?? { state: "ok" };
  const lost = condition === "ok" ? "" : `The camera is ${condition}${detail ? `: ${detail}` : ""}`;
  const told = trouble || lost || missing;
  if (state.textContent !== told) state.textContent = told;
}

live?.addEventListener("error", () => {
  if (!looking) return;
  missing = "The picture does not come: too many look already, or the device does not answer. It is asked for again.";
  live.hidden = true; // and no sign of a broken picture
  again = setTimeout(() => look({ anew: true }), AGAIN_MS);
  tell();
});
live?.addEventListener("load", () => {
  missing = "";
  live.hidden = !looking;
  tell();
});
document.addEventListener("visibilitychange", () => look());
document.addEventListener("connected", ({ detail }) => detail.again && look({ anew: true })); // the old stream is of a run that ended

document.addEventListener("camera", ({ detail }) => {
  sight = detail;
  tell();
  answer(seen, sight.label, sight.confidence);
  part.setAttribute("aria-pressed", String(sight.moved));
  if (onCamera()) suggestSeen();
});
document.addEventListener("apart", () => {
  sight = null; // what it sees now is not known
  seen?.replaceChildren();
  if (onCamera()) suggestSeen();
});
