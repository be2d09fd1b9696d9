// What somebody has begun to write, and whose screen they are at meanwhile: neither goes because others write.

const begun = new Map();

/** What is typed into a composer, by the composer's id. */
export function keep(field) {
  const form = field.closest("form.composer");
  if (form && field.name === "text") begun.set(form.id, field.value);
}

export const forget = (form) => begun.delete(form.id);
export const composers = () => new Set(document.querySelectorAll("form.composer"));

/** Gives the composers that were not there before what had been begun in them. */
export function putBack(before) {
  for (const form of composers()) {
    if (!before.has(form) && begun.has(form.id)) form.elements.text.value = begun.get(form.id);
  }
}

/** Without a name in the address, a screen is of whoever wrote last; it is of this one as long as somebody is in it. */
export function pin(node) {
  const address = node.closest?.("[data-pin]")?.dataset.pin;
  if (address) history.replaceState(null, "", address + location.hash);
}
