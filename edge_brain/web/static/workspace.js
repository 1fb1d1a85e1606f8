// What every page does: shows the Brain Score as it changes, asks the API, tells what was done and undoes it.

const csrf = document.querySelector('meta[name="csrf-token"]').content;
const REFRESH_MS = 400; // after the score has moved, before a page's own parts are asked for again
const TOAST_MS = 8000;

// ── the API ────────────────────────────────────────────────────────────────────────────────────

/** Ask the API; what failed is told to the person, too, and thrown. */
export async function api(path, asked) {
  try {
    return await ask(path, asked);
  } catch (error) {
    toast(error.message, { trouble: true });
    throw error;
  }
}

/** Ask the API; what failed is thrown in words for the person, with its `status`. `signal` can end it. */
export async function ask(path, { json, picture, query, method, signal } = {}) {
  const url = `/api${path}${query ? `?${new URLSearchParams(query)}` : ""}`;
  const options = { method: method ?? (json || picture ? "POST" : "GET"), headers: { Accept: "application/json" }, signal };
  if (options.method !== "GET") options.headers["X-CSRF-Token"] = csrf;
  if (json) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(json);
  }
  if (picture) {
    options.headers["Content-Type"] = "application/octet-stream";
    options.body = picture;
  }
  try {
    const response = await fetch(url, options);
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status });
    return answer;
  } catch (error) {
    throw error instanceof TypeError ? new Error("The device does not answer: nothing was done.") : error;
  }
}

// ── what was done ──────────────────────────────────────────────────────────────────────────────

const toasts = document.querySelector("#toasts");
const undoable = []; // what takes back what was done, the last at the end
let doing = Promise.resolve();

/** Tell what was done, with a way back where there is one; `picture` is the address of what it was done to. */
export function toast(text, { undo: back, trouble, picture } = {}) {
  if (back) undoable.push(back);
  const shown = document.createElement("div");
  shown.className = trouble ? "toast trouble" : "toast";
  if (picture) {
    const image = document.createElement("img");
    image.src = picture;
    image.alt = "";
    shown.append(image);
  }
  const words = document.createElement("p");
  words.textContent = text;
  shown.append(words);
  if (undoable.length && !trouble) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = back ? "Undo" : "Undo more";
    button.addEventListener("click", undo);
    shown.append(button);
  }
  toasts.replaceChildren(shown);
  setTimeout(() => shown.contains(document.activeElement) || shown.remove(), TOAST_MS);
}

/** Do one thing after the other, in the order in which they were asked for. */
function inTurn(work) {
  const done = doing.then(work);
  doing = done.catch(() => {});
  return done;
}

/** Take back what was done last and is not taken back yet, again and again; what fails can be tried again. */
export function undo() {
  return inTurn(async () => {
    const back = undoable.pop();
    if (!back) return;
    try {
      await back();
    } catch (error) {
      undoable.push(back);
      throw error;
    }
    toast("Undone.");
  }).catch(() => {}); // which was told
}

/** Let nothing that was done be taken back: what it was done to is gone. */
export function forgetDone() {
  undoable.length = 0;
}

/**
 * Do something that can be taken back, and tell it; return whether it was done: what fails is told, and changed nothing.
 *
 * `ask()` does it, `back(answer)` undoes it, `after(undone)` is called after either.
 */
export function act(text, { ask, back, after = () => {}, picture }) {
  return inTurn(async () => {
    const answer = await ask();
    const undo = async () => {
      await back(answer);
      after(true);
    };
    toast(text, { undo, picture });
    after(false);
  }).then(() => true, () => false); // which was told
}

/** Give frames other classes, by their ids. */
export function relabel(frames, text, options = {}) {
  const ask = () => api("/relabel", { json: { frames } });
  return act(text, { ask, back: ({ were }) => api("/relabel", { json: { frames: were } }), ...options });
}

// ── keys ───────────────────────────────────────────────────────────────────────────────────────

/** Call `act(key, event)` for plain keys, unless somebody types; it returns whether it knew the key. */
export function onKey(act) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog");
    const choosing = event.target.type === "radio" && event.key.startsWith("Arrow");
    if (typing || choosing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (act(event.key, event)) event.preventDefault();
  });
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-close]")) target.closest("dialog").close();
});

// ── news ───────────────────────────────────────────────────────────────────────────────────────

/** Return the elements of a piece of our own HTML. */
export function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

function showScore(html) {
  const old = document.querySelector("#brain-score");
  const news = parsed(html).querySelector("#brain-score");
  if (!news) return;
  const focused = document.activeElement === old;
  const moved = old.dataset.number !== news.dataset.number;
  if (old.dataset.level !== news.dataset.level) {
    document.querySelector("#spoken").textContent = `Brain Score: ${news.dataset.level}`;
  }
  old.replaceWith(news);
  if (focused) news.focus();
  if (moved) {
    document.dispatchEvent(new CustomEvent("brain-score", { detail: news.dataset }));
    refreshSoon();
  }
}

let waiting = null;
let refreshes = 0; // that were asked for

function refreshSoon() {
  if (!document.querySelector("[data-live]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(refresh, REFRESH_MS);
}

/** Ask for this page again and put its live parts in the place of the old ones; what was opened and chosen stays. */
export async function refresh() {
  const number = (refreshes += 1);
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = parsed(await response.text());
  if (number !== refreshes) return; // a later one tells more, and may have come before
  document.title = page.title;
  const focused = document.activeElement?.closest("[data-live]") ? document.activeElement.id : "";
  for (const part of document.querySelectorAll("[data-live]")) {
    const news = page.getElementById(part.id);
    if (!news) continue;
    keepState(part, news);
    part.replaceWith(news);
  }
  document.dispatchEvent(new CustomEvent("refreshed"));
  if (focused) document.getElementById(focused)?.focus();
}

function keepState(old, news) {
  const opened = [...old.querySelectorAll("details")].map((each) => each.open);
  news.querySelectorAll("details").forEach((each, place) => (each.open = opened[place] ?? each.open));
  for (const input of old.querySelectorAll("input[id]:checked")) {
    const same = news.querySelector(`#${CSS.escape(input.id)}`);
    if (same) same.checked = true;
  }
  for (const select of old.querySelectorAll("select[name]")) {
    const same = news.querySelector(`select[name="${CSS.escape(select.name)}"]`);
    if (same && [...same.options].some((option) => option.value === select.value)) same.value = select.value;
  }
}

let events = null;

function listen() {
  const followed = ["camera", "jobs"].filter((name) => document.querySelector(`[data-${name}]`));
  events = new EventSource(`/events?${new URLSearchParams(followed.map((name) => [name, "1"]))}`);
  events.addEventListener("score", (event) => showScore(event.data));
  for (const name of followed) {
    events.addEventListener(name, (event) => {
      document.dispatchEvent(new CustomEvent(name, { detail: JSON.parse(event.data) }));
    });
  }
  events.addEventListener("open", () => document.body.classList.remove("apart"));
  events.addEventListener("error", () => document.body.classList.add("apart"));
}

// a page that nobody sees asks for nothing: a browser has six connections to one device, for all its pages
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    events?.close();
    events = null;
  } else if (!events) {
    listen();
  }
});
addEventListener("pagehide", () => events?.close());
if (!document.hidden) listen();
