// The device: jobs are begun, followed and broken off; what is shown of the device is kept fresh while one looks.

import { act, api, ask, refresh, toast } from "./workspace.js";

const FRESH_MS = 15000;
const WORDS = { retrain: "Retraining", doctor: "The doctor's look", release: "The release", sync: "The sync" };
const UNITS = { retrain: "frames", doctor: "steps", release: "steps", sync: "steps" };

const showScripted = () => document.querySelectorAll("[data-scripted]").forEach((each) => (each.hidden = false));
showScripted();
document.addEventListener("refreshed", showScripted);
setInterval(() => document.hidden || refresh(), FRESH_MS);

// ── jobs ───────────────────────────────────────────────────────────────────────────────────────

const beginners = () => [...document.querySelectorAll("[data-begins]")];
const isBusy = () => beginners().some((button) => button.getAttribute("aria-disabled") === "true");

/** Let no job begin, or let one begin; the buttons keep their focus. */
function setBusy(busy) {
  for (const button of beginners()) button.setAttribute("aria-disabled", String(busy));
}

async function begin(path, json) {
  if (isBusy()) return;
  setBusy(true);
  try {
    await api(path, { method: "POST", json });
  } catch {
    await ask("/jobs").then(show, () => setBusy(false)); // it was told why; another page may have begun one
  }
}

const form = document.querySelector("#retrain-form");
const { extractor, region, views } = form.elements;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = {}; // what was left as it is stays as the brain has it now, whoever may have changed it meanwhile
  if (!extractor.selectedOptions[0]?.defaultSelected) wanted.extractor = extractor.value;
  if (region.value !== region.defaultValue) wanted.region = region.value;
  if (views.checked !== views.defaultChecked) wanted.views = views.checked;
  begin("/retrain", wanted);
});

/** Let the form begin from how the brain sees pictures now. */
async function reset() {
  const { brain } = await ask("/health").catch(() => ({})); // who does not answer is told above
  if (!brain) return;
  for (const option of extractor.options) option.defaultSelected = option.value === brain.extractor;
  region.defaultValue = brain.region.split(",").map(Number).join(",");
  views.defaultChecked = brain.views;
  form.reset();
}

document.querySelector("#ask-doctor").addEventListener("click", () => begin("/doctor"));
document.querySelector("#make-release").addEventListener("click", () => begin("/release"));
document.addEventListener("click", ({ target }) => {
  if (target.closest("#sync-now")) begin("/sync", {}); // it comes with the first hub
  if (target.closest("[data-breaks]")) api("/break_off", { method: "POST" }).catch(() => {});
});

document.addEventListener("jobs", ({ detail }) => show(detail));

/** Show how the jobs are: one whose state is new is asked for as the page tells it, one that goes on counts on. */
function show(jobs) {
  const running = jobs.find((job) => job.state === "running");
  setBusy(Boolean(running));
  for (const button of document.querySelectorAll("[data-breaks]")) button.hidden = button.dataset.breaks !== running?.name;
  let moved = false;
  for (const job of jobs) {
    const shown = document.querySelector(`#job-${job.name}`);
    if (!shown) continue;
    if (shown.dataset.state !== job.state || Number(shown.dataset.began) !== job.began) {
      moved = true;
      if (shown.dataset.state === "running" && job.state !== "running") tell(job);
      if (job.name === "retrain" && job.state === "done") reset();
    } else if (job.state === "running" && job.of) {
      const progress = shown.querySelector("progress");
      progress.max = job.of;
      progress.value = job.done;
      const counted = [job.done, job.of].map((count) => count.toLocaleString("en"));
      shown.querySelector(".count").textContent = `${counted[0]} of ${counted[1]} ${UNITS[job.name]}`;
    }
  }
  if (moved) refresh();
}

function tell(job) {
  const ended = job.state === "done" ? "is done" : job.state === "failed" ? "has failed" : "was broken off";
  toast(`${WORDS[job.name]} ${ended}.`, { trouble: job.state === "failed" });
}

// ── production ─────────────────────────────────────────────────────────────────────────────────

/** Let the release before answer again, if the one that was seen still does. */
const rollBack = (expected) => api("/rollback", { json: { expected } });

function produce(number) {
  const text = `Release ${number} is in production.`;
  const ask = () => api("/take_release", { json: { number } });
  const isFirst = document.querySelector("#production").dataset.runs === ""; // there is none to go back to
  if (isFirst) ask().then(() => toast(text)).then(refresh, () => {});
  else act(text, { ask, back: () => rollBack(number), after: () => refresh() });
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-produces], [data-rollback]");
  if (!button) return;
  const { produces, rollback, previous } = button.dataset;
  if (produces) return produce(Number(produces));
  const [now, then] = [Number(rollback), Number(previous)];
  act(`Release ${then} is in production again.`, { ask: () => rollBack(now), back: () => rollBack(then), after: () => refresh() });
});

// ── camera ─────────────────────────────────────────────────────────────────────────────────────

document.addEventListener("camera", ({ detail }) => {
  const well = detail.state === "ok" || detail.state === "ended";
  const state = document.querySelector("#camera-state .state-word");
  if (!state) return;
  if (state.textContent !== detail.state) refresh(); // it is told at the top, too
  put(state, detail.state);
  state.className = `state-word ${well ? "well" : "ill"}`;
  put(document.querySelector("#camera-detail"), detail.detail);
  put(document.querySelector("#camera-trouble"), detail.trouble ?? "none");
  put(document.querySelector("#camera-kept"), detail.kept.toLocaleString("en"));
});

function put(part, text) {
  if (part && part.textContent !== text) part.textContent = text;
}
