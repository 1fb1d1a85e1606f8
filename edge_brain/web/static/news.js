// What changes, whoever changed it: the Brain Score at the top of the page, and the page's own parts that are alive.
//
//   events ─┬─ score ────────> the bar ──> "brain-score" ──> data-live parts ──> "refreshed"
//           ├─ camera, jobs ─> an event of that name
//           └─ open, error ──> "connected" ({again}), "apart"

import { heldFocus, replace } from "./parts.js";

const REFRESH_MS = 400; // after the score has moved, before a page's own parts are asked for again
const AGAIN_MS = 5000; // after there was no place for this page

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

/** Return the elements of a piece of our own HTML. */
export function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/** Show the score. The link itself stays, and so does focus: a click ends on what it began on. */
function showScore(html) {
  const bar = document.querySelector("#brain-score");
  const news = parsed(html).querySelector("#brain-score");
  if (!news) return;
  const moved = bar.dataset.number !== news.dataset.number;
  if (bar.dataset.level !== news.dataset.level) {
    document.querySelector("#spoken").textContent = `Brain Score: ${news.dataset.level}`;
  }
  bar.className = news.className;
  Object.assign(bar.dataset, news.dataset);
  bar.replaceChildren(...news.childNodes);
  if (moved) {
    tell("brain-score", news.dataset);
    refreshSoon();
  }
}

// ── the parts that are alive ───────────────────────────────────────────────────────────────────

let due = false; // whether a refresh is to come, for what has moved by then
let running = Promise.resolve();
let asked = 0; // refreshes
let shown = 0; // the latest that is on the page

/** Refresh in a while; while somebody tags on and on, again and again, but one at a time. */
function refreshSoon() {
  if (due || !document.querySelector("[data-live]")) return;
  due = true;
  const pause = () => new Promise((done) => setTimeout(done, REFRESH_MS));
  running = running.then(pause).then(() => {
    due = false;
    return refresh();
  });
}

/** Ask for this page again and put its live parts in the place of the old ones; what was opened and chosen stays. */
export async function refresh() {
  const number = (asked += 1);
  const page = await pageNow();
  if (!page || number < shown) return; // a later one tells more, and came before
  shown = number;
  document.title = page.title;
  const giveFocusBack = heldFocus();
  for (const part of document.querySelectorAll("[data-live]")) {
    const news = page.getElementById(part.id);
    if (news) replace(part, news);
  }
  tell("refreshed");
  giveFocusBack();
}

/** Return this page as it is now; null when the device does not answer, which is told where the events break. */
async function pageNow() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    return response.ok ? parsed(await response.text()) : null;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

// ── the stream of events ───────────────────────────────────────────────────────────────────────

let events = null;
let heard = new Date(); // of the device, last
let near = true; // whether what is shown is of now

function listen() {
  const followed = ["camera", "jobs"].filter((name) => document.querySelector(`[data-${name}]`));
  events = new EventSource(`/events?${new URLSearchParams(followed.map((name) => [name, "1"]))}`);
  events.addEventListener("score", (event) => showScore(event.data));
  for (const name of followed) {
    events.addEventListener(name, (event) => tell(name, JSON.parse(event.data)));
  }
  events.addEventListener("open", () => {
    const again = !near;
    near = true;
    document.querySelector("#apart").textContent = "";
    tell("connected", { again });
    if (again) refreshSoon(); // numbers of another run of the server mean something else
  });
  events.addEventListener("error", ({ target }) => {
    const refused = target.readyState === EventSource.CLOSED; // else the browser tries again by itself
    if (refused) setTimeout(() => target === events && listen(), AGAIN_MS);
    hearNoMore();
    const time = heard.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const why = refused ? "The device has no news for this page now" : "The device does not answer";
    document.querySelector("#apart").textContent = `${why}; what is shown is of ${time}.`;
    tell("apart");
  });
}

function hearNoMore() {
  if (near) heard = new Date();
  near = false;
}

// a page that nobody sees asks for nothing: a browser has six connections to one device, for all its pages
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    events?.close();
    events = null;
    hearNoMore();
  } else if (!events) {
    listen();
  }
});
addEventListener("pagehide", () => events?.close());
if (document.hidden) hearNoMore();
else listen();
