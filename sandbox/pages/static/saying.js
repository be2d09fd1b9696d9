// What the page itself has to say, at its upper edge: people write at the lower one.

const SAID_MS = 5000;
const said = document.getElementById("said");
let isGone = false;

export function say(words, { stays = false } = {}) {
  const line = document.createElement("p");
  line.textContent = words;
  said.replaceChildren(line);
  if (!stays) setTimeout(() => line.remove(), SAID_MS);
}

export function sayGone() {
  isGone = true;
  say("The sandbox does not answer; is it still running? This page tries again by itself.", { stays: true });
}

export function sayBack() {
  if (isGone) said.replaceChildren();
  isGone = false;
}
