// Parts of a page that are replaced by news of themselves: only where they differ, and so that nobody loses their place.

const came = new WeakMap(); // parts as they came, before a script did anything to them

for (const part of document.querySelectorAll("[data-live]")) came.set(part, part.outerHTML);

/** Put news of a part in its place, unless they are none; what was opened and chosen stays so. */
export function replace(part, news) {
  const html = news.outerHTML;
  if (came.get(part) === html) return;
  keepState(part, news);
  part.replaceWith(news);
  came.set(news, html);
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

/**
 * Return what gives focus back, once parts were replaced, to what has it now.
 *
 * It is found again by its id, by what it leads to or opens, or as the one of its kind that is in its place; a button
 * that is gone is no other button.
 */
export function heldFocus() {
  const focused = document.activeElement;
  const part = focused.closest("[id]:is([data-live], [data-late])");
  if (!part) return () => {};
  const kind = focused.localName;
  const name = ["id", "href", "data-open"].find((each) => focused.hasAttribute(each));
  const place = [...part.querySelectorAll(kind)].indexOf(focused);
  return () => {
    if (focused.isConnected) return;
    const all = [...(document.getElementById(part.id)?.querySelectorAll(kind) ?? [])];
    const same = all.find((each) => name && each.getAttribute(name) === focused.getAttribute(name));
    const next = kind === "button" && name ? null : all[Math.min(place, all.length - 1)];
    (same ?? next ?? document.querySelector("#main")).focus({ preventScroll: true });
  };
}

// what a dialog was opened by may have been replaced meanwhile
document.addEventListener("close", ({ target }) => {
  if (document.activeElement !== document.body) return;
  (document.querySelector(`[data-open="${target.id}"]`) ?? document.querySelector("#main")).focus({ preventScroll: true });
}, { capture: true });
