// A whole class renamed, merged or removed: first what it would do to the score is shown, then it is done.

import { act, api, giveBack, refresh } from "./workspace.js";

const ASK_MS = 300; // after the last letter of a new name

const label = () => document.querySelector("#shelf").dataset.label;
const percent = (share) => (share === null ? "–" : `${Math.round(100 * share)}%`);
const many = (count) => (count === 1 ? "1 frame" : `${count.toLocaleString("en")} frames`);

const deeds = {
  rename: {
    ask: (from, to) => api("/rename_class", { json: { label: from, new: to } }),
    told: (from, to) => `Renamed ${from} to ${to}`,
    foreseen: (frames) => `${many(frames)} will bear the new name.`,
  },
  merge: {
    ask: (from, to) => api("/merge_classes", { json: { label: from, into: to } }),
    told: (from, to) => `Merged ${from} into ${to}`,
    foreseen: (frames, to) => `${many(frames)} will be tagged ${to}.`,
  },
  remove: {
    ask: (from) => api("/remove_class", { json: { label: from } }),
    told: (from) => `Removed ${from}`,
    foreseen: (frames) => `${many(frames)} will wait for another tag.`,
  },
};

function row(text, cells, classes = []) {
  const line = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = text;
  line.append(head);
  cells.forEach((each, place) => {
    const cell = document.createElement("td");
    const words = document.createElement("bdi");
    words.textContent = each;
    cell.className = classes[place] ?? "";
    cell.append(words);
    line.append(cell);
  });
  return line;
}

const interval = ({ interval: ends }) => (ends === null ? "–" : `${percent(ends[0])} – ${percent(ends[1])}`);
const weakest = (verdict) => (verdict.weakest === null ? "–" : `${verdict.weakest} ${percent(verdict.weakest_accuracy)}`);
const level = (verdict) => `word ${verdict.level.toLowerCase().replace(" ", "-")}`;

function table({ now, then }) {
  const shown = document.createElement("table");
  const head = document.createElement("thead");
  const titles = document.createElement("tr");
  for (const text of ["", "Now", "Then"]) {
    const cell = document.createElement(text ? "th" : "td");
    cell.textContent = text;
    titles.append(cell);
  }
  head.append(titles);
  const body = document.createElement("tbody");
  const both = [now, then];
  body.append(
    row("Brain Score", both.map((each) => each.level), both.map(level)),
    row("Right on new scenes", both.map((each) => percent(each.balanced_accuracy))),
    row("90% sure", both.map(interval)),
    row("Frames in reserve right", both.map((each) => percent(each.accuracy))),
    row("Weakest class", both.map(weakest)),
  );
  shown.append(head, body);
  return shown;
}

class Sheet {
  constructor(name) {
    this.dialog = document.querySelector(`#${name}`);
    this.deed = deeds[name];
    this.place = this.dialog.querySelector(".foreseen");
    this.asked = 0;
    this.dialog.addEventListener("input", ({ target }) => this.foresee(target.matches("select") ? 0 : ASK_MS));
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.go();
    });
  }

  get field() {
    return this.dialog.querySelector('[name="into"]'); // which is another after news
  }

  get into() {
    return this.field?.value.trim() ?? null;
  }

  set ready(ready) {
    this.dialog.querySelector("[data-go]").disabled = !ready;
  }

  open() {
    for (const name of this.dialog.querySelectorAll("[data-name]")) name.textContent = label();
    if (this.field?.matches("input")) this.field.value = label();
    this.dialog.showModal();
    this.field?.select?.();
    this.foresee(0);
  }

  async foresee(after) {
    const mine = ++this.asked;
    const into = this.into;
    this.ready = false;
    this.place.textContent = "";
    const others = [...document.querySelectorAll("#merge-into option")].map((option) => option.value);
    if (into === "" || into === label()) return;
    if (this.field?.matches("input") && others.includes(into)) {
      this.place.textContent = "There is a class of that name: to make one of the two, merge them.";
      return;
    }
    this.place.textContent = "Working out what it does to the score …";
    await new Promise((done) => setTimeout(done, after));
    if (mine !== this.asked) return;
    let foreseen;
    try {
      foreseen = await api("/foresee_class", { query: { label: label(), ...(into === null ? {} : { into }) } });
    } catch (error) {
      if (mine === this.asked) this.place.textContent = error.message;
      return;
    }
    if (mine !== this.asked) return;
    const words = document.createElement("p");
    words.textContent = this.deed.foreseen(foreseen.frames, into);
    this.place.replaceChildren(words, table(foreseen));
    this.ready = true;
  }

  go() {
    const [from, into, here] = [label(), this.into, location.href];
    const there = new URL(here);
    if (into !== null) there.search = new URLSearchParams({ label: into });
    this.asked += 1;
    this.dialog.close();
    act(this.deed.told(from, into), {
      ask: () => this.deed.ask(from, into),
      back: ({ were }) => giveBack(were, Object.fromEntries(Object.keys(were).map((id) => [id, into]))),
      after: (undone) => {
        history.replaceState(null, "", undone ? here : there);
        refresh();
      },
    });
  }
}

const sheets = Object.fromEntries(
  Object.keys(deeds).filter((name) => document.querySelector(`#${name}`)).map((name) => [name, new Sheet(name)]),
);

// what was foreseen holds no longer
document.addEventListener("refreshed", () => {
  for (const sheet of Object.values(sheets)) if (sheet.dialog.open) sheet.foresee(0);
});

document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-open]");
  if (opener) sheets[opener.dataset.open]?.open();
});
