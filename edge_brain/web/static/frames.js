// The grid of frames: chosen one by one, as a range, a burst or all; then tagged, untagged, discarded, brought back.
//
// What is chosen are the check boxes of the page itself, which stay when there are news.

import { act, api, onKey, relabel, undo } from "./workspace.js";
import { askClass } from "./ask_class.js";
import "./classes.js";
import "./erase.js";

const bar = document.querySelector("#bar");
const viewer = document.querySelector("#viewer");
let at = null; // the id of the frame that the arrows go from
let anchor = null; // the one that a range begins with
let viewed = null;

const shelf = () => document.querySelector("#shelf").dataset;
const tiles = () => [...document.querySelectorAll("#tiles .tile:not([hidden])")];
const box = (tile) => tile.querySelector("input");
const chosen = () => tiles().filter((tile) => box(tile).checked);
const place = (id) => tiles().findIndex((tile) => tile.dataset.id === id);
const many = (frames) => (frames.length === 1 ? "1 frame" : `${frames.length} frames`);

function ready() {
  const all = tiles();
  const current = all[Math.max(0, place(at))];
  for (const tile of all) {
    box(tile).disabled = false;
    box(tile).tabIndex = tile === current ? 0 : -1;
  }
  for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
  show();
}

function show() {
  const count = chosen().length;
  const was = document.querySelector("#chosen").textContent;
  if (!count && bar.contains(document.activeElement)) land();
  bar.hidden = !count;
  document.querySelector("#chosen").textContent = count;
  if (was !== String(count)) document.querySelector("#spoken").textContent = `${count} chosen`;
}

/** Give focus to the frame that the arrows go from; where there is none, to the page. */
function land() {
  const all = tiles();
  (all.length ? box(all[Math.max(0, place(at))]) : document.querySelector("#main")).focus();
}

// ── choosing ───────────────────────────────────────────────────────────────────────────────────

function choose(frames, checked = true) {
  for (const tile of frames) box(tile).checked = checked;
  show();
}

function chooseUpTo(tile) {
  const ends = [Math.max(0, place(anchor)), place(tile.dataset.id)].sort((one, other) => one - other);
  choose(tiles().slice(ends[0], ends[1] + 1));
}

function chooseBursts() {
  const meant = chosen().length ? chosen() : tiles().filter((tile) => tile.dataset.id === at);
  const bursts = new Set(meant.map((tile) => tile.dataset.burst));
  choose(tiles().filter((tile) => bursts.has(tile.dataset.burst)));
}

function go(key, far) {
  const all = tiles();
  if (!all.length) return false;
  const inside = document.activeElement?.closest("#tiles");
  const columns = all.filter((tile) => tile.offsetTop === all[0].offsetTop).length;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  const next = all[inside ? place(at) + step : Math.max(0, place(at))];
  if (!next) return true;
  box(next).focus();
  if (far) chooseUpTo(next);
  else anchor = next.dataset.id;
  return true;
}

document.addEventListener("focusin", ({ target }) => {
  const tile = target.closest("#tiles .tile");
  if (!tile || target !== box(tile)) return;
  for (const each of tiles()) box(each).tabIndex = each === tile ? 0 : -1;
  at = tile.dataset.id;
});

document.addEventListener("change", ({ target }) => {
  const tile = target.closest("#tiles .tile");
  if (!tile) return;
  at = anchor = tile.dataset.id;
  show();
});

document.addEventListener("click", (event) => {
  const tile = event.target.closest("#tiles .tile");
  if (!tile || event.ctrlKey || event.metaKey) return;
  if (event.target.closest(".open")) view(tile);
  else if (event.shiftKey && event.target.closest("label")) chooseUpTo(tile);
  else return;
  event.preventDefault();
});

// ── doing ──────────────────────────────────────────────────────────────────────────────────────

/** Let frames be chosen no more, and go where they leave this shelf; the page itself follows with the news. */
function after(ids, leave) {
  const were = new Set(ids);
  return (undone) => {
    const inside = document.activeElement?.closest("#tiles, #bar");
    const stay = tiles().filter((tile) => !were.has(tile.dataset.id));
    const next = tiles().slice(place(ids.at(-1)) + 1).find((tile) => stay.includes(tile)) ?? stay.at(-1);
    for (const tile of document.querySelectorAll("#tiles .tile")) {
      if (!were.has(tile.dataset.id)) continue;
      if (!undone) box(tile).checked = false;
      tile.hidden = leave && !undone;
    }
    if (next && !undone && (leave || inside)) at = next.dataset.id;
    ready();
    if (inside) land();
  };
}

/** Return what most of the chosen are taken for, if it is another class than they have. */
function likely() {
  const counts = new Map();
  for (const { dataset } of chosen()) {
    if (dataset.predicted && dataset.predicted !== dataset.label) {
      counts.set(dataset.predicted, (counts.get(dataset.predicted) ?? 0) + 1);
    }
  }
  return [...counts].sort((one, other) => other[1] - one[1])[0]?.[0] ?? null;
}

const ids = () => chosen().map((tile) => tile.dataset.id);
const look = (frames) => ({ picture: `/thumbnail/${frames[0]}` });

async function tag() {
  const frames = ids();
  const label = await askClass(`Tag ${many(frames)} as`, likely());
  if (!label) return;
  const leave = shelf().kind === "untagged" || (shelf().label ?? label) !== label;
  const labels = Object.fromEntries(frames.map((id) => [id, label]));
  relabel(labels, `${many(frames)} tagged ${label}`, { after: after(frames, leave), ...look(frames) });
}

function untag() {
  const frames = ids();
  const labels = Object.fromEntries(frames.map((id) => [id, null]));
  relabel(labels, `${many(frames)} untagged`, { after: after(frames, true), ...look(frames) });
}

function move(path, way, text) {
  const frames = ids();
  act(`${many(frames)} ${text}`, {
    ask: () => api(path, { json: { frame_ids: frames } }),
    back: () => api(way, { json: { frame_ids: frames } }),
    after: after(frames, true),
    ...look(frames),
  });
}

const deeds = {
  tagged: { t: tag, x: untag, d: () => move("/discard", "/restore", "discarded") },
  untagged: { t: tag, d: () => move("/discard", "/restore", "discarded") },
  discarded: { r: () => move("/restore", "/discard", "brought back") },
};

function press(key, event) {
  if (document.querySelector("dialog[open]")) return false;
  const deed = deeds[shelf().kind][key];
  if (deed) chosen().length && deed();
  else if (key === "a") choose(tiles());
  else if (key === "b") chooseBursts();
  else if (key === "u") undo();
  else if (key === "Escape" && chosen().length) choose(tiles(), false);
  else if (key.startsWith("Arrow")) return go(key, event?.shiftKey);
  else if (key === "Enter" && document.activeElement?.matches("#tiles input")) view(document.activeElement.closest(".tile"));
  else return false;
  return true;
}

onKey(press);
bar.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-do]");
  if (button) press(button.dataset.do);
});

// ── looking ────────────────────────────────────────────────────────────────────────────────────

function view(tile) {
  viewed = at = tile.dataset.id;
  const image = viewer.querySelector("img");
  image.src = tile.querySelector(".open").href;
  image.alt = tile.querySelector("img").alt;
  const told = [...tile.querySelectorAll("label > span")].flatMap((part) => [part.cloneNode(true), " "]);
  viewer.querySelector("p").replaceChildren(...told, viewed.slice(0, 12));
  viewer.querySelector("[data-choose]").setAttribute("aria-pressed", box(tile).checked);
  if (!viewer.open) viewer.showModal();
}

function viewNext(step) {
  const next = tiles()[place(viewed) + step];
  if (next) view(next);
}

viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight") viewNext(1);
  else if (event.key === "ArrowLeft") viewNext(-1);
});
viewer.addEventListener("click", ({ target }) => {
  const tile = tiles()[place(viewed)];
  if (target.closest("[data-go]")) viewNext(Number(target.closest("[data-go]").dataset.go));
  else if (target.closest("[data-choose]") && tile) {
    choose([tile], !box(tile).checked);
    view(tile);
  } else if (target === viewer) viewer.close(); // beside the picture
});
viewer.addEventListener("close", () => {
  const tile = tiles()[place(viewed)];
  if (tile) box(tile).focus();
});

document.addEventListener("refreshed", ready);
ready();
