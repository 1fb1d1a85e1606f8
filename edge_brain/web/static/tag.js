// Tagging: one key or one tap a class, for what the camera sees and for the frames that were kept.
//
// A key shows the next frame at once; what it did is sent in the order of the keys, and told when it is on the disk.

import { api, onKey, toast } from "./workspace.js";

const AHEAD = 12; // frames whose suggestions are asked for again when the brain has learned

const desk = document.querySelector("#desk");
const choices = document.querySelector("#choices");
const live = document.querySelector("#live");
const shown = document.querySelector("#shown");
const suggested = document.querySelector("#suggested");
const classList = document.querySelector("#classes");
const KEYS = classList.dataset.keys; // one a class, in their order
const whole = document.querySelector("#whole");
const part = document.querySelector("#part");
const newLabel = document.querySelector("#new-label");

const frames = [...document.querySelectorAll("#queue [data-id]")].map((item) => ({
  item,
  id: item.dataset.id,
  burst: item.dataset.burst,
  label: item.dataset.label || null,
  confidence: Number(item.dataset.confidence),
  reason: item.dataset.reason,
  tagged: null,
}));
const done = []; // what can be undone, the last at the end
let position = 0;
let sending = Promise.resolve();
let onCamera = desk.classList.contains("camera");
let sight = null;

// ── classes ────────────────────────────────────────────────────────────────────────────────────

const labels = () => [...classList.querySelectorAll("button")].map((button) => button.dataset.label);

function addClass(label) {
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
  classList.append(item);
}

function suggest(label, confidence) {
  suggested.hidden = !label;
  suggested.dataset.label = label ?? "";
  suggested.querySelector(".name").textContent = label ?? "";
  suggested.querySelector(".sure").textContent = label ? percent(confidence) : "";
  for (const button of classList.querySelectorAll("button")) {
    button.classList.toggle("likely", button.dataset.label === label);
  }
}

const percent = (share) => `${Math.round(100 * share)}%`;

// ── kept frames ────────────────────────────────────────────────────────────────────────────────

const current = () => frames[position] ?? null;
const ofBurst = (frame) => frames.filter((each) => each.burst === frame.burst);

function show() {
  if (!shown) return;
  const frame = current();
  document.querySelector("#queue .now")?.classList.remove("now");
  shown.hidden = !frame;
  if (!frame) {
    document.querySelector("#place").textContent = "All of these are done.";
    document.querySelector("#suggestion").textContent = "";
    if (!onCamera) suggest(null);
    return;
  }
  frame.item.classList.add("now");
  const strip = document.querySelector("#queue"); // it alone is moved, not the page
  strip.scrollLeft += frame.item.getBoundingClientRect().left - strip.getBoundingClientRect().left - strip.clientWidth / 3;
  shown.src = frame.item.querySelector("a").href;
  shown.alt = `Frame ${frame.id.slice(0, 8)}`;
  const burst = ofBurst(frame);
  const bursts = [...new Set(frames.map((each) => each.burst))];
  document.querySelector("#place").textContent =
    `Burst ${bursts.indexOf(frame.burst) + 1} of ${bursts.length}, frame ${burst.indexOf(frame) + 1} of ${burst.length}` +
    (frame.tagged ? ` · tagged ${frame.tagged}` : "");
  answer(document.querySelector("#suggestion"), frame.label, frame.confidence);
  if (!onCamera) suggest(frame.label, frame.confidence);
}

function answer(place, label, confidence) {
  place.textContent = "";
  const name = document.createElement("bdi");
  name.className = "name";
  name.textContent = label ?? "nothing it knows";
  place.append("Looks like ", name, label ? ` · ${percent(confidence)}` : "");
}

function mark(frame, label) {
  frame.tagged = label;
  const chip = frame.item.querySelector(".chip");
  chip.hidden = !label;
  chip.textContent = label ?? "";
}

function tagKept(label) {
  const frame = current();
  if (!frame) return;
  const tagged = whole.getAttribute("aria-pressed") === "true" ? ofBurst(frame) : [frame];
  const were = new Map(tagged.map((each) => [each, each.tagged]));
  const before = position;
  for (const each of tagged) mark(each, label);
  const next = frames.findIndex((each, place) => place > position && !each.tagged);
  position = next < 0 ? frames.length : next;
  show();
  count();
  const back = () => {
    for (const [each, old] of were) mark(each, old);
    position = before;
    show();
    count();
  };
  const sent = send(() => api("/relabel", { json: { frames: Object.fromEntries(tagged.map((each) => [each.id, label])) } }));
  const act = { sent, back };
  remember(act, `${tagged.length === 1 ? "Tagged" : `${tagged.length} frames tagged`} ${label}`, frame.id);
  sent.catch(() => {
    done.splice(done.indexOf(act), 1);
    back();
  });
}

function count() {
  const left = frames.filter((each) => !each.tagged).length;
  for (const place of document.querySelectorAll("#left, [data-left]")) place.textContent = left;
}

function go(to) {
  position = Math.max(0, Math.min(to, frames.length));
  show();
}

function nextBurst() {
  const frame = current();
  if (!frame) return;
  go(frames.lastIndexOf(ofBurst(frame).at(-1)) + 1);
}

// what was learned may have changed what the next ones look like
async function askAgain() {
  const ahead = frames.slice(position, position + AHEAD).filter((each) => !each.tagged);
  if (!ahead.length) return;
  const answers = await api("/predict_frames", { json: { frame_ids: ahead.map((each) => each.id) } });
  ahead.forEach((frame, place) => {
    frame.label = answers[place].label;
    frame.confidence = answers[place].confidence;
  });
  show();
}

// ── camera ─────────────────────────────────────────────────────────────────────────────────────

function tagCamera(label) {
  const sent = send(() => api("/camera/tag", { json: { label } }));
  part.setAttribute("aria-pressed", "false");
  sent.then((caught) => {
    remember({ sent, back: () => {} }, `Tagged ${caught.label}: ${caught.role}`, caught.frame_id);
  }, () => {});
}

document.addEventListener("camera", ({ detail }) => {
  sight = detail;
  const state = document.querySelector("#camera-state");
  const lost = detail.state === "ok" ? "" : `The camera is ${detail.state}${detail.detail ? `: ${detail.detail}` : ""}`;
  const told = detail.trouble ?? lost;
  if (state.textContent !== told) state.textContent = told;
  answer(document.querySelector("#seen"), detail.label, detail.confidence);
  if (onCamera) suggest(detail.ranking[0]?.[0] ?? null, detail.confidence);
});

// a stream of pictures takes one of the few connections that a browser has to a device
function look() {
  if (!live) return;
  const wanted = onCamera && !document.hidden;
  if (wanted && live.hidden) {
    live.src = `${live.closest("[data-live-picture]").dataset.livePicture}?${Date.now()}`;
    live.hidden = false;
  } else if (!wanted && !live.hidden) {
    live.removeAttribute("src");
    live.hidden = true;
  }
}

document.addEventListener("visibilitychange", look);

for (const mode of document.querySelectorAll('input[name="mode"]')) {
  mode.addEventListener("change", () => {
    onCamera = mode.value === "camera";
    desk.classList.toggle("camera", onCamera);
    desk.classList.toggle("kept", !onCamera);
    look();
    show();
    if (onCamera && sight) suggest(sight.ranking[0]?.[0] ?? null, sight.confidence);
  });
}

// ── done and undone ────────────────────────────────────────────────────────────────────────────

/** Send one after the other, in the order of the keys. */
function send(act) {
  const sent = sending.then(act);
  unsent(1);
  sending = sent.catch(() => {}).then(() => unsent(-1));
  return sent;
}

function unsent(more) {
  desk.dataset.unsent = Number(desk.dataset.unsent ?? 0) + more;
}

// what was not yet said to be on the disk is not left without a word
addEventListener("beforeunload", (event) => Number(desk.dataset.unsent ?? 0) > 0 && event.preventDefault());

function remember(act, text, id) {
  done.push(act);
  document.querySelector("#undo").disabled = false;
  act.sent.then(() => toast(text, { picture: `/thumbnail/${id}` }), () => {});
}

async function undo() {
  const last = done.pop();
  document.querySelector("#undo").disabled = !done.length;
  if (!last) return;
  last.back();
  try {
    const { were } = await last.sent;
    await send(() => api("/relabel", { json: { frames: were } }));
    toast("Undone.");
  } catch {
    // the person was told, and nothing was done that had to be undone
  }
}

function tag(label) {
  addClass(label);
  if (onCamera) tagCamera(label);
  else tagKept(label);
}

// ── keys and buttons ───────────────────────────────────────────────────────────────────────────

const toggle = (button) => button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));

async function moved() {
  toggle(part);
  toast((await api("/camera/part", { method: "POST" })).message);
}

const commands = {
  u: undo,
  "+": () => newLabel.focus(),
  Enter: () => suggested.dataset.label && tag(suggested.dataset.label),
  n: () => (onCamera ? moved() : nextBurst()),
  s: () => (onCamera ? api("/camera/skip", { method: "POST" }) : go(position + 1)),
  ArrowRight: () => !onCamera && go(position + 1),
  ArrowLeft: () => !onCamera && go(position - 1),
  "*": () => toggle(whole),
};

onKey((key) => {
  if (key === "Enter" && document.activeElement?.matches("a, button, summary")) return false; // it means that
  const label = labels()[KEYS.indexOf(key)];
  if (label !== undefined && key.length === 1) tag(label);
  else if (Object.hasOwn(commands, key)) commands[key]();
  else return false;
  return true;
});

classList.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button) tag(button.dataset.label);
});
suggested.addEventListener("click", commands.Enter);
document.querySelector("#undo").addEventListener("click", undo);
document.querySelector("#skip").addEventListener("click", commands.s);
document.querySelector("#back").addEventListener("click", commands.ArrowLeft);
document.querySelector("#next-burst").addEventListener("click", commands.n);
document.querySelector("#pass").addEventListener("click", commands.s);
whole.addEventListener("click", () => toggle(whole));
part.addEventListener("click", moved);
document.querySelector("#new-class").addEventListener("submit", (event) => {
  event.preventDefault();
  const label = newLabel.value.trim();
  newLabel.value = "";
  newLabel.blur();
  if (label) tag(label);
});
newLabel.addEventListener("keydown", (event) => event.key === "Escape" && newLabel.blur());
document.querySelector("#queue")?.addEventListener("click", (event) => {
  const place = frames.findIndex((each) => each.item === event.target.closest("[data-id]"));
  if (place < 0 || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (event.detail) document.activeElement.blur(); // by mouse or finger: the next Enter means the class, not the link
  go(place);
});
document.addEventListener("brain-score", () => frames.length && askAgain().catch(() => {}));

choices.hidden = !(live || frames.length);
look();
show();
