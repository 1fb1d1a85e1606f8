// The classes: a button and a key for each. A key means the same class as long as the page is open.

import { touchedSince } from "./tag_sent.js";

const list = document.querySelector("#classes");
const KEYS = list.dataset.keys; // one a class, in the order of the buttons
const suggested = document.querySelector("#suggested");

const buttons = () => [...list.querySelectorAll("button")];
const buttonOf = (label) => buttons().find((button) => button.dataset.label === label);

/** Say whether there is such a class now. */
export function isClass(label) {
  return buttonOf(label)?.parentElement.hidden === false;
}

/** Return the class of a key, which may be one that is gone; undefined where it has none. */
export function classOf(key) {
  return key.length === 1 ? buttons()[KEYS.indexOf(key)]?.dataset.label : undefined;
}

/** Give a class a button, and return whether there was no such class. */
export function addClass(label) {
  if (isClass(label)) return false;
  const old = buttonOf(label);
  if (old) old.parentElement.hidden = false;
  else list.append(itemOf(label, KEYS[buttons().length] ?? ""));
  return true;
}

function itemOf(label, ownKey) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const key = document.createElement("kbd");
  const name = document.createElement("bdi");
  const count = document.createElement("span");
  button.type = "button";
  button.dataset.label = label;
  key.textContent = ownKey;
  name.className = "name";
  name.textContent = label;
  count.className = "note";
  button.append(key, " ", name, " ", count);
  item.append(button);
  return item;
}

/** Take away the button of a class that did not come to be. */
export function dropClass(label) {
  const item = buttonOf(label)?.parentElement;
  if (item === list.lastElementChild) item.remove();
  else if (item) item.hidden = true; // the keys after it stay what they are
}

/** Show the classes that there are, with their numbers of frames, as they were at a moment. */
export function showClasses(classes, asked) {
  const counts = new Map(classes.map(({ label, learned, reserved }) => [label, learned + reserved]));
  for (const label of counts.keys()) {
    if (!touchedSince(asked, label)) addClass(label);
  }
  for (const button of buttons()) {
    const { label } = button.dataset;
    if (touchedSince(asked, label)) continue;
    button.parentElement.hidden = !counts.has(label);
    button.querySelector(".note").textContent = counts.get(label) ?? 0;
  }
}

/** Offer a class for Enter; null for none, and none that is gone. */
export function suggest(label, confidence) {
  const offered = isClass(label) ? label : null;
  suggested.hidden = !offered;
  suggested.dataset.label = offered ?? "";
  suggested.querySelector(".name").textContent = offered ?? "";
  suggested.querySelector(".sure").textContent = offered ? percent(confidence) : "";
  for (const button of buttons()) button.classList.toggle("likely", button.dataset.label === offered);
}

/** Say in a place what something looks like. */
export function answer(place, label, confidence) {
  const name = document.createElement("bdi");
  name.className = "name";
  name.textContent = label ?? "nothing it knows";
  place.replaceChildren("Looks like ", name, label ? ` · ${percent(confidence)}` : "");
}

const percent = (share) => `${Math.round(100 * share)}%`;
