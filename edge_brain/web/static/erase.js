// Erasing for good what is discarded: the one thing that cannot be taken back, so a word is typed.
//
// What is erased is what was discarded when the question was asked, whatever others do meanwhile.

import { api, forgetDone, refresh, toast } from "./workspace.js";

const dialog = document.querySelector("#erase");
const word = document.querySelector("#erase-word");
const button = document.querySelector("#erase-go");
let asked = []; // the frames in question

const meant = () => word.value.trim().toLowerCase() === "erase";
const inWords = (frames) => (frames === 1 ? "1 frame" : `${frames} frames`);

async function ask() {
  asked = await api("/discarded");
  const megabytes = asked.reduce((sum, frame) => sum + frame.bytes, 0) / 1e6;
  document.querySelector("#erase-title").textContent = `Erase ${inWords(asked.length)} for good?`;
  document.querySelector("#erase-bytes").textContent = `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`;
  word.value = "";
  button.disabled = true;
  dialog.showModal();
  word.focus();
}

async function erase() {
  const erased = await api("/erase", { json: { frame_ids: asked.map((frame) => frame.id) } });
  forgetDone();
  const aside = erased.aside.length ? ` Thumbnails may still lie in ${erased.aside.join(", ")}.` : "";
  const hubs = erased.hubs.length ? ` Some were sent to ${erased.hubs.join(", ")}, which keeps them.` : "";
  toast(`Erased ${inWords(erased.frames)} for good.${aside}${hubs}`);
  await refresh();
}

document.addEventListener("click", ({ target }) => {
  if (target.closest('[data-open="erase"]')) ask().catch(() => {}); // which was told
});
word?.addEventListener("input", () => (button.disabled = !meant()));
dialog?.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!meant()) return;
  dialog.close();
  erase().catch(() => {});
});
