// Trying the brain: pictures are shown to it, one after the other, and added where a person says so.
//
//   dropped, chosen, shot, pasted ─> waiting ─> looking ─> asked ─> adding ─> added
//                                       └─ stopped    └─ failed     └───── undone
//
// The device takes one picture at a time. What a person adds goes before what is only to be looked at.

import { ask, forget, onKey, toast, undo } from "./workspace.js";
import { askClass } from "./ask_class.js";
import { onPictures } from "./incoming.js";
import { describe, draw, drawKeys, inWords, keyed, made } from "./trial_card.js";

const drop = document.querySelector("#drop");
const MOST_BYTES = Number(drop.dataset.mostBytes);
const SHOT = "phone camera"; // the source of what is shot here: one scene as long as it goes on

const cards = []; // in the order in which they came
const adding = []; // cards and the class that each gets, the next first
let looking = null; // ends what is being looked at
let working = false;
let tries = 0;

const inState = (...states) => cards.filter((card) => states.includes(card.state));

// ── pictures come ──────────────────────────────────────────────────────────────────────────────

/** Take pictures that came together, and what is to be said of those that cannot be taken. */
function take(files, { shot = false, folders = [] } = {}) {
  if (!files.length && !folders.length) return;
  const group = made("a-try");
  const attempt = { node: group, name: sceneName(), cards: [], shot };
  const together = files.length > 1;
  group.querySelector("h2").textContent = `${inWords(files.length + folders.length, "picture")}, ${time()}`;
  group.querySelector("header").classList.toggle("alone", !together);
  group.querySelector(".all").addEventListener("click", () => addAll(attempt));
  attempt.scene = () => together && group.querySelector(".scene input").checked;
  for (const name of folders) {
    const told = `“${name}” is a folder: open it and drop the pictures in it. \`edge-brain test DIR\` tries whole folders, one a class.`;
    show(attempt, { name, state: "failed", trouble: told, hopeless: true });
  }
  for (const file of files) {
    const large = file.size > MOST_BYTES;
    const told = `too large: ${size(file.size)} of at most ${size(MOST_BYTES)}; save it smaller`;
    show(attempt, { name: file.name, file, state: large ? "failed" : "waiting", trouble: large ? told : "", hopeless: large });
  }
  document.querySelector("#tries").prepend(group);
  group.scrollIntoView({ block: "nearest" });
  drop.classList.add("small");
  work();
}

function show(attempt, card) {
  Object.assign(card, { attempt, node: made("a-picture"), answer: null, held: null, stale: false });
  attempt.cards.push(card);
  attempt.node.querySelector(".pictures").append(card.node);
  cards.push(card);
  const { node } = card;
  node.querySelector(".file bdi").textContent = card.name;
  const image = node.querySelector("img");
  const lacking = () => {
    image.hidden = true;
    node.querySelector(".no-picture").hidden = false;
  };
  image.addEventListener("error", lacking);
  if (card.file) image.src = URL.createObjectURL(card.file);
  else lacking();
  node.querySelector(".suggested").addEventListener("click", () => add([[card, card.answer.prediction.label]]));
  node.querySelector(".other").addEventListener("click", () => other(card));
  node.querySelector(".undo").addEventListener("click", () => takeBack([card]).then(() => toast("Undone."), () => {}));
  node.querySelector(".retry").addEventListener("click", () => lookAgain([card]));
  draw(card);
}

const size = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const time = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** Return a name for a scene that no other has. */
function sceneName() {
  const [chance] = crypto.getRandomValues(new Uint32Array(1));
  return `test page ${new Date().toISOString().slice(0, 19).replace("T", " ")} ${chance.toString(16)}`;
}

// ── one after the other ────────────────────────────────────────────────────────────────────────

async function work() {
  if (working) return tell();
  working = true;
  const seen = new Set();
  let next;
  while ((next = adding.shift() ?? inState("waiting")[0])) {
    tell();
    if (Array.isArray(next)) await addOne(...next);
    else await lookAt(next);
    if (!Array.isArray(next)) seen.add(next);
  }
  working = false;
  tell();
  speak([...seen]);
}

/** Tell who does not see the page what came of it. */
function speak(seen) {
  if (!seen.length) return;
  const failed = seen.filter((card) => card.state === "failed").length;
  const all = `${inWords(seen.length, "picture")} looked at${failed ? `, ${failed} of them in vain` : ""}`;
  document.querySelector("#spoken").textContent = seen.length === 1 ? describe(seen[0]) : all;
}

async function lookAt(card) {
  looking = new AbortController();
  turn(card, "looking");
  try {
    const answer = await ask("/look", { picture: await read(card), signal: looking.signal });
    Object.assign(card, { answer, held: answer.held, stale: false });
    turn(card, "asked");
  } catch (error) {
    card.hopeless = error.status === 400; // such a picture does not get better by another try
    if (error.name === "AbortError") turn(card, "stopped");
    else turn(card, "failed", error.message);
  }
}

async function read(card) {
  try {
    return await card.file.arrayBuffer();
  } catch (error) {
    throw new Error(`${card.name} cannot be read any more: choose it again`, { cause: error });
  }
}

function turn(card, state, trouble = "") {
  if (!cards.includes(card)) return; // it was cleared meanwhile
  Object.assign(card, { state, trouble });
  draw(card);
}

function stop() {
  looking?.abort();
  for (const card of inState("waiting")) turn(card, "stopped");
  for (const [card] of adding.splice(0)) turn(card, "asked");
  tell();
}

function lookAgain(some) {
  for (const card of some) turn(card, "waiting");
  work();
}

const worthAgain = () => cards.filter((card) => card.state === "stopped" || (card.state === "asked" && card.stale));

function tell() {
  const left = inState("waiting", "looking", "adding").length;
  const stopped = inState("stopped").length;
  const again = worthAgain().length;
  document.querySelector("#work").hidden = !cards.length;
  document.querySelector("#words").textContent = left
    ? `${inWords(left, "picture")} to go`
    : `${inWords(cards.length, "picture")}${again && !stopped ? "; the brain has changed since" : ""}`;
  tries = left ? Math.max(tries, left) : 0;
  const bar = document.querySelector("#done");
  bar.hidden = tries < 2;
  bar.max = tries || 1;
  bar.value = tries - left;
  document.querySelector("#stop").hidden = left < 1;
  document.querySelector("#clear").hidden = left > 0;
  document.querySelector("#again").hidden = left > 0 || !again;
  document.querySelector("#again").textContent = stopped ? `Look at the other ${again}` : "Look again";
  for (const attempt of new Set(cards.map((card) => card.attempt))) {
    const busy = attempt.cards.some((card) => ["waiting", "looking", "adding"].includes(card.state));
    const ready = addable(attempt);
    const open = attempt.cards.some((card) => !["failed", "added"].includes(card.state));
    attempt.node.querySelector("header").classList.toggle("closed", !open);
    const all = attempt.node.querySelector(".all");
    all.disabled = busy || !ready.length;
    all.textContent = ready.length && ready.length < attempt.cards.length ? `Add these ${ready.length} as …` : "Add all as …";
  }
}

function clear() {
  for (const card of cards.splice(0)) URL.revokeObjectURL(card.node.querySelector("img").src);
  document.querySelector("#tries").replaceChildren();
  drop.classList.remove("small");
  tell();
  document.querySelector("#files").focus();
}

// ── added to the brain ─────────────────────────────────────────────────────────────────────────

async function other(card) {
  const label = await askClass("What does this picture show?", card.answer.prediction.label);
  if (label && card.state === "asked") add([[card, label]]);
}

async function addAll(attempt) {
  const some = addable(attempt);
  const label = await askClass(`What do these ${inWords(some.length, "picture")} show?`, likeliest(some));
  if (label) add(addable(attempt).map((card) => [card, label]));
}

/** Return the pictures that get a class with the others: one that has a tag already keeps it. */
const addable = (attempt) => attempt.cards.filter((card) => card.state === "asked" && !card.held?.label);

/** Return the class that most of the pictures were taken for. */
function likeliest(some) {
  const counts = new Map();
  for (const { answer } of some) counts.set(answer.prediction.label, (counts.get(answer.prediction.label) ?? 0) + 1);
  counts.delete(null);
  return [...counts].sort((one, other) => other[1] - one[1])[0]?.[0] ?? null;
}

function add(pairs) {
  if (!pairs.length) return;
  const act = pairs.map(([card]) => card);
  for (const card of act) {
    card.act = act;
    turn(card, "adding");
  }
  adding.push(...pairs);
  work();
}

async function addOne(card, label) {
  const query = { label };
  if (card.attempt.scene()) query.burst = card.attempt.name;
  if (card.attempt.shot) query.source = SHOT;
  try {
    card.tag = await ask("/tag", { picture: await read(card), query });
    turn(card, "added");
  } catch (error) {
    turn(card, "asked", error.message);
  }
  if (!card.act.some((each) => each.state === "adding")) tellAdded(card.act.filter((each) => each.state === "added"));
}

function tellAdded(added) {
  if (!added.length) return;
  const reserved = added.filter(({ tag }) => tag.role === "reserved").length;
  const roles = [[added.length - reserved, "learned"], [reserved, "reserved"]].filter(([number]) => number);
  const text = `${added[0].tag.label}: ${roles.map(([number, role]) => (added.length > 1 ? `${number} ${role}` : role)).join(", ")}`;
  const back = () => takeBack(added);
  for (const card of added) card.back = back;
  toast(text, { picture: `/thumbnail/${added[0].tag.frame_id}`, undo: back });
}

/** Give added pictures the tags again that they had, if any: all of them or none of them; what fails is told on each. */
async function takeBack(some) {
  const added = some.filter((card) => card.state === "added");
  if (!added.length) return;
  const frames = {};
  const expected = {};
  for (const card of [...added].reverse()) Object.assign(frames, card.tag.were); // of one picture twice: as it was first
  for (const { tag } of added) expected[tag.frame_id] = tag.label; // and it is as it was last
  try {
    await ask("/relabel", { json: { frames, expected } });
  } catch (error) {
    for (const card of added) turn(card, "added", error.message);
    throw error;
  }
  for (const card of added) {
    card.held = { ...(card.held ?? { role: null }), label: frames[card.tag.frame_id] };
    turn(card, "asked");
    if (!inState("added").some((each) => each.back === card.back)) forget(card.back); // now that all of them are
  }
  tell();
}

// ── keys and buttons ───────────────────────────────────────────────────────────────────────────

/** Return the next picture on the page that waits for a class. */
function nextTo({ node }) {
  const asked = [...document.querySelectorAll('.picture[data-state="asked"]')];
  return asked.find((each) => node.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING && !node.contains(each));
}

const focused = () => cards.find((card) => card.node.contains(document.activeElement));

onKey((key) => {
  if (key === "u") {
    undo();
    return true;
  }
  const card = focused();
  if (card?.state !== "asked") return false;
  const onItself = document.activeElement.matches(".picture"); // else the key is its button's
  const label = key === "Enter" && onItself ? card.answer.prediction.label : keyed(key);
  if (label) {
    add([[card, label]]);
    nextTo(card)?.focus();
  } else if (key === "+") {
    other(card);
    document.querySelector("#ask-class-label").focus();
  } else return false;
  return true;
});

document.querySelector("#stop").addEventListener("click", stop);
document.querySelector("#again").addEventListener("click", () => lookAgain(worthAgain()));
document.querySelector("#clear").addEventListener("click", clear);

document.addEventListener("refreshed", () => cards.forEach(drawKeys)); // there are other classes
document.addEventListener("brain-score", () => {
  for (const card of inState("asked")) card.stale = true;
  tell();
});

// what was not yet said to be on the disk is not left without a word
addEventListener("beforeunload", (event) => inState("adding").length && event.preventDefault());

onPictures(take);
drop.hidden = false;
tell();
