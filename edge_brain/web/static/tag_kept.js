// The frames that were kept: burst by burst, one after the other, and beside others who tag them, too.
//
// A frame that others have tagged or discarded stays where it is, marked, and is not tagged here: whoever looks at it
// does not find another under the key.

import { api, ask, toast } from "./workspace.js";
import { live, onCamera } from "./tag_camera.js";
import { answer, isClass, suggest } from "./tag_classes.js";
import { act, touchedSince } from "./tag_sent.js";

const AHEAD = 12; // frames of which it is asked again what they look like, when the brain has learned

const shown = document.querySelector("#shown");
const place = document.querySelector("#place");
const suggestion = document.querySelector("#suggestion");
const anew = document.querySelector("#anew");
const whole = document.querySelector("#whole");
const strip = document.querySelector("#queue");
const MOST = Number(strip.dataset.most); // frames that wait on one page
const frames = [...strip.querySelectorAll("[data-id]")].map((item) => ({
  item,
  id: item.dataset.id,
  burst: item.dataset.burst,
  label: item.dataset.label || null, // undefined: it is not known what it looks like
  confidence: Number(item.dataset.confidence),
  tagged: null, // here
  gone: false, // tagged or discarded elsewhere
}));
let position = 0;
let more = Number(strip.dataset.more); // that wait, and are not on the page

const current = () => frames[position] ?? null;
const ofBurst = (frame) => frames.filter((each) => each.burst === frame.burst);
const waits = (frame) => !frame.tagged && !frame.gone;
const nextWaiting = (from) => frames.findIndex((each, at) => at >= from && waits(each));

// ── shown ──────────────────────────────────────────────────────────────────────────────────────

/** Show the frame that keys mean, and how many wait. */
export function show() {
  const frame = current();
  const left = frames.filter(waits).length;
  strip.querySelector(".now")?.classList.remove("now");
  shown.hidden = !frame;
  anew.hidden = Boolean(frame) || !left;
  document.querySelector("#choices").hidden = !live && !frames.length;
  document.querySelector("#nothing").hidden = frames.length > 0;
  document.querySelector("#kept").hidden = !frames.length;
  count(left + more);
  if (frame) showFrame(frame);
  else {
    place.textContent = !frames.length ? "" : left ? "This is the end of these." : "All of these are done.";
    suggestion.replaceChildren();
    delete shown.dataset.id;
  }
  if (!onCamera()) suggest(frame && !frame.gone ? frame.label : null, frame?.confidence);
}

function showFrame(frame) {
  frame.item.classList.add("now");
  if (shown.dataset.id !== frame.id) {
    shown.dataset.id = frame.id;
    shown.src = frame.item.querySelector("a").href;
    shown.alt = `Frame ${frame.id.slice(0, 8)}`; // the strip alone is moved, not the page
    strip.scrollLeft += frame.item.getBoundingClientRect().left - strip.getBoundingClientRect().left - strip.clientWidth / 3;
  }
  const burst = ofBurst(frame);
  const bursts = [...new Set(frames.map((each) => each.burst))];
  const away = frame.item.dataset.away ? ` · ${frame.item.dataset.away}` : "";
  const became = frame.tagged ? ` · tagged ${frame.tagged}` : frame.gone ? " · tagged or discarded elsewhere" : "";
  place.textContent =
    `Burst ${bursts.indexOf(frame.burst) + 1} of ${bursts.length}, frame ${burst.indexOf(frame) + 1} of ${burst.length}${became}${away}`;
  if (frame.label === undefined) suggestion.replaceChildren();
  else answer(suggestion, frame.label, frame.confidence);
}

function count(left) {
  for (const each of document.querySelectorAll("#left, [data-left]")) each.textContent = left;
  document.querySelector("#left-noun").textContent = left === 1 ? "frame waits" : "frames wait";
  document.querySelector("#more").hidden = !more;
  document.querySelector("#more-count").textContent = more === 1 ? "1 more frame" : `${more} more frames`;
}

function mark(frame, label, gone = false) {
  frame.tagged = label;
  frame.gone = gone;
  frame.item.classList.toggle("gone", gone);
  const chip = frame.item.querySelector(".chip");
  chip.hidden = waits(frame);
  chip.textContent = label ?? (gone ? "elsewhere" : "");
}

// ── going and tagging ──────────────────────────────────────────────────────────────────────────

/** Go to the frame so many after this one. */
export function step(by) {
  go(position + by);
}

function go(to) {
  position = Math.max(0, Math.min(to, frames.length));
  show();
}

/** Go to the first frame of the next burst. */
export function nextBurst() {
  const frame = current();
  if (frame) go(frames.lastIndexOf(ofBurst(frame).at(-1)) + 1);
}

function goOn() {
  const next = nextWaiting(position + 1);
  go(next < 0 ? frames.length : next);
}

/** Tag the frame that is shown, or all of its burst, and show the next at once; return whether it was done. */
export async function tagKept(label) {
  const frame = current();
  if (!frame) return false;
  if (frame.gone) {
    toast("This frame was tagged or discarded elsewhere: nothing was done.", { trouble: true });
    goOn();
    return false;
  }
  const all = whole.getAttribute("aria-pressed") === "true";
  const tagged = all ? ofBurst(frame).filter((each) => !each.gone) : [frame];
  const were = new Map(tagged.map((each) => [each.id, each.tagged]));
  for (const each of tagged) mark(each, label);
  goOn();
  return act(() => api("/relabel", { json: { frames: Object.fromEntries(tagged.map((each) => [each.id, label])) } }), {
    label,
    ids: [...were.keys()],
    told: (answered) => ({ text: told(label, were, answered.were), id: frame.id }),
    back: () => {
      for (const each of tagged) {
        if (each.tagged === label) mark(each, were.get(each.id));
      }
      go(frames.indexOf(frame));
    },
  });
}

/** Say what was tagged; also what others had made of it, if that was not known here. */
function told(label, believed, were) {
  const others = new Set(Object.entries(were).flatMap(([id, old]) => (old && old !== believed.get(id) && old !== label ? [old] : [])));
  const also = others.size ? `, elsewhere ${[...others].join(" and ")} before` : "";
  return `${believed.size === 1 ? "Tagged" : `${believed.size} frames tagged`} ${label}${also}`;
}

// ── beside others ──────────────────────────────────────────────────────────────────────────────

/** Say whether there are frames that are not on the page, and place for them. */
export function lacks(waiting) {
  const known = new Set(frames.map(({ id }) => id));
  return frames.filter(waits).length < MOST && waiting.some(({ id }) => !known.has(id));
}

/** Show what waits, as it was at a moment: mark what is gone, let wait again what came back, add what is new. */
export function takeIn(waiting, asked) {
  const ids = new Set(waiting.map(({ id }) => id));
  for (const frame of frames) {
    if (touchedSince(asked, frame.id) || ids.has(frame.id) === waits(frame)) continue;
    mark(frame, null, !ids.has(frame.id));
  }
  const known = new Set(frames.map(({ id }) => id));
  const unknown = waiting.filter(({ id }) => !known.has(id));
  const room = Math.max(0, MOST - frames.filter(waits).length);
  const now = current();
  const added = unknown.slice(0, room).map(add);
  more = unknown.length - added.length;
  if (now) position = frames.indexOf(now);
  else position = added.length ? Math.min(...added.map((frame) => frames.indexOf(frame))) : frames.length;
  show();
}

function add({ id, burst }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const image = document.createElement("img");
  const chip = document.createElement("span");
  item.dataset.id = id;
  item.dataset.burst = burst;
  link.href = `/picture/${id}`;
  image.src = `/thumbnail/${id}`;
  image.alt = `Frame ${id.slice(0, 8)}`;
  image.loading = "lazy";
  image.decoding = "async";
  chip.className = "chip";
  chip.hidden = true;
  link.append(image);
  item.append(link, chip);
  const frame = { item, id, burst, label: undefined, confidence: 0, tagged: null, gone: false };
  const before = frames.findLastIndex((each) => each.burst === burst);
  if (before >= 0) frames[before].item.after(item);
  else strip.append(burstOf(item));
  frames.splice(before < 0 ? frames.length : before + 1, 0, frame);
  return frame;
}

function burstOf(item) {
  const burst = document.createElement("li");
  const list = document.createElement("ol");
  burst.className = "burst";
  list.append(item);
  burst.append(list);
  return burst;
}

/** Ask what the next frames look like, for the brain has learned; and those of which that is not known. */
export async function askAgain() {
  const unknown = (frame) => frame.label === undefined || (frame.label !== null && !isClass(frame.label));
  const asked = frames.filter((frame, at) => waits(frame) && ((at >= position && at < position + AHEAD) || unknown(frame)));
  if (!asked.length) return;
  const answers = await ask("/predict_frames", { json: { frame_ids: asked.map((each) => each.id) } });
  asked.forEach((frame, at) => Object.assign(frame, { label: answers[at].label, confidence: answers[at].confidence }));
  show();
}

// ── taps ───────────────────────────────────────────────────────────────────────────────────────

strip.addEventListener("click", (event) => {
  const tapped = frames.findIndex((each) => each.item === event.target.closest("[data-id]"));
  if (tapped < 0 || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (event.detail) document.activeElement.blur(); // by mouse or finger: the next Enter means the class, not the link
  go(tapped);
});
anew.addEventListener("click", () => go(nextWaiting(0)));
