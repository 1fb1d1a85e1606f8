// How a tried picture is drawn: the answer, how sure it is, how familiar, and what it looks like.

const MOST_RANKED = 5;
const IDENTICAL = Number(document.querySelector("#drop").dataset.identical);

/** Return a copy of what a template holds. */
export function made(id) {
  return document.querySelector(`#${id}`).content.firstElementChild.cloneNode(true);
}

/** Return a number with its noun. */
export const inWords = (number, one) => `${number} ${one}${number === 1 ? "" : "s"}`;

const percent = (share) => `${Math.round(100 * share)}%`;

/** Show a card as it is. */
export function draw({ node, state, trouble, hopeless, answer, held, tag }) {
  const find = (selector) => node.querySelector(selector);
  find(".picture").dataset.state = state;
  for (const part of node.querySelectorAll("[data-of]")) {
    part.hidden = !part.dataset.of.split(" ").includes(state);
  }
  for (const part of node.querySelectorAll(".of-answer")) part.hidden = !answer; // one that is asked anew stays meanwhile
  find(".state").textContent = { waiting: "Waits …", looking: "Is being looked at …", stopped: "Not looked at." }[state] ?? "";
  find(".trouble").textContent = trouble;
  find(".trouble").hidden = !trouble;
  find(".retry").hidden = !(state === "stopped" || (state === "failed" && !hopeless));
  find(".retry").textContent = state === "stopped" ? "Look at it" : "Try again";
  find(".adding").inert = state === "adding";
  find(".already").hidden = true;
  if (answer) drawAnswer(node, answer, state === "asked" ? held : null);
  if (tag && state === "added") {
    const role = tag.role === "learned" ? "Learned as " : "Reserved as ";
    find(".became .words").replaceChildren(role, named(tag.label), ROLES[tag.role]);
  }
  find(".picture").setAttribute("aria-label", describe({ node, state, trouble, answer, tag }));
}

const ROLES = { learned: ": it shapes the answers now", reserved: ": it only tests the brain" };

/** Return in one line what there is to be said of a card. */
export function describe({ node, state, trouble, answer, tag }) {
  const name = node.querySelector(".file bdi").textContent;
  if (state === "added") return `${name}: ${tag.role} as ${tag.label}`;
  if (trouble) return `${name}: ${trouble}`;
  if (!answer || state === "waiting" || state === "looking") return `${name}: ${node.querySelector(".state").textContent}`;
  const { label, confidence } = answer.prediction;
  return `${name}: ${label === null ? "nothing it knows" : `${label}, ${percent(confidence)}`}`;
}

function drawAnswer(node, { prediction, nearest }, held) {
  const find = (selector) => node.querySelector(selector);
  const { label, confidence, ranking } = prediction;
  find(".answer .name").textContent = label ?? "Nothing it knows";
  find(".answer").classList.toggle("unknown", label === null);
  find(".answer .share").textContent = label === null ? "" : percent(confidence);
  find(".familiar").textContent = familiarity(prediction);
  find(".ranking").replaceChildren(...ranking.slice(0, MOST_RANKED).map(ranked));
  drawKeys({ node });
  find(".alike").hidden ||= !nearest.length;
  find(".alike ol").replaceChildren(...nearest.map(near));
  const already = proof(held, nearest[0]);
  find(".already").replaceChildren(...already);
  find(".already").hidden = !already.length;
  find(".suggested").hidden = label === null || label === held?.label;
  find(".suggested .name").textContent = label ?? "";
  find(".other").textContent = find(".suggested").hidden ? "Add as …" : "Other …";
}

const classes = () => [...document.querySelectorAll("#ask-class-classes button")];

/** Return the class of a key, if it is one's. */
export function keyed(key) {
  return classes().find((button) => button.querySelector("kbd").textContent === key)?.dataset.label;
}

/** Show by which key each class of a ranking is chosen. */
export function drawKeys({ node }) {
  for (const row of node.querySelectorAll(".ranking li")) {
    const button = classes().find((each) => each.dataset.label === row.dataset.label);
    row.querySelector("kbd").textContent = button?.querySelector("kbd").textContent ?? "";
  }
}

function familiarity({ known, familiarity, threshold, ranking }) {
  if (!ranking.length) return "The brain has learned nothing yet.";
  if (threshold === null) return "Whether it knows such things at all cannot be told yet: that takes more scenes.";
  const margin = familiarity - threshold; // about one is the spread of what it knows
  if (known) return margin >= 1 ? "It knows such things well." : "It just about knows such things.";
  return `${margin > -1 ? "A little" : "Quite"} unlike all that it has learned. The nearest classes:`;
}

/** Return the words that say what the answer proves, where that is not much. */
function proof(held, first) {
  if (held?.label && held.role === "learned") {
    return ["This very picture is learned already, as ", named(held.label), ": the answer to it proves nothing."];
  }
  if (held?.label) {
    return ["This very picture is reserved already, as ", named(held.label), ": the score counts it, and this proves nothing new."];
  }
  if (held) return ["The brain holds this picture, without a tag: it waits on the page Tag."];
  return first?.likeness >= IDENTICAL ? ["It has learned a picture that looks just the same: the answer proves little."] : [];
}

function named(label) {
  const name = document.createElement("bdi");
  name.className = "name";
  name.textContent = label;
  return name;
}

function ranked([label, share]) {
  const row = document.createElement("li");
  const key = document.createElement("kbd");
  const name = document.createElement("bdi");
  const bar = document.createElement("span");
  const number = document.createElement("span");
  row.dataset.label = label;
  name.textContent = label;
  bar.className = "bar";
  bar.style.setProperty("--share", share);
  number.className = "share";
  number.textContent = percent(share);
  row.append(key, name, bar, number);
  return row;
}

function near({ id, label, likeness }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const image = document.createElement("img");
  const name = document.createElement("bdi");
  const share = document.createElement("span");
  link.href = `/picture/${id}`;
  image.src = `/thumbnail/${id}`;
  image.alt = "";
  image.loading = "lazy";
  name.textContent = label;
  share.className = "share";
  share.textContent = percent(likeness);
  link.append(image, name, " ", share);
  item.append(link);
  return item;
}
