// Erasing for good what is discarded: the one thing that cannot be taken back, so a word is typed.

import { api, forgetDone, refresh, toast } from "./workspace.js";

const dialog = document.querySelector("#erase");
const word = document.querySelector("#erase-word");
const button = document.querySelector("#erase-go");

const meant = () => word.value.trim().toLowerCase() === "erase";

async function erase() {
  const frames = Number(document.querySelector("#erase-what").dataset.frames);
  const erased = await api("/erase", { json: { frames } });
  forgetDone();
  const aside = erased.aside.length ? ` Thumbnails may still lie in ${erased.aside.join(", ")}.` : "";
  toast(`Erased ${erased.frames === 1 ? "1 frame" : `${erased.frames} frames`} for good.${aside}`);
  await refresh();
}

document.addEventListener("click", ({ target }) => {
  if (!target.closest('[data-open="erase"]')) return;
  word.value = "";
  button.disabled = true;
  dialog.showModal();
  word.focus();
});
word?.addEventListener("input", () => (button.disabled = !meant()));
dialog?.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!meant()) return;
  dialog.close();
  erase().catch(() => {}); // which was told
});
