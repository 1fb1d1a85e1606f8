// How pictures come to a page: chosen, shot, dropped anywhere on it, pasted.

import { toast } from "./workspace.js";

const drop = document.querySelector("#drop");

/** Call `take(files, { shot, folders })` with what comes; of folders with their names alone. */
export function onPictures(take) {
  for (const id of ["files", "camera"]) {
    document.querySelector(`#${id}`).addEventListener("change", ({ target }) => {
      take([...target.files], { shot: id === "camera" });
      target.value = ""; // so that the same can be chosen again
    });
  }
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    take([...event.clipboardData.files]);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault(); // else the browser opens what is dropped, and the page is gone
    drop.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
    const folders = entries.filter((entry) => entry?.isDirectory).map((entry) => entry.name);
    const files = [...event.dataTransfer.files].filter((file) => !folders.includes(file.name));
    if (files.length || folders.length) take(files, { folders });
    else toast("That is no file: save the picture first, then drop it.", { trouble: true });
  });
}

for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    const brings = event.dataTransfer.types.includes("Files");
    event.dataTransfer.dropEffect = brings ? "copy" : "none";
    drop.classList.toggle("over", brings);
  });
}
document.addEventListener("dragleave", (event) => event.relatedTarget ?? drop.classList.remove("over"));
