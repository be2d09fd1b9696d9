// Lists that open under what somebody types: an external select's options, asked of the app, and slash commands.
// The focus stays where one types; up and down go through the list, Enter takes what is marked.

import { ask, placeOf, press } from "./doing.js";
import { keep } from "./keeping.js";

const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
const optionsOf = (input) => [...listOf(input).querySelectorAll("[role=option]:not([hidden], [aria-disabled])")];
const marked = (input) => document.getElementById(input.getAttribute("aria-activedescendant") ?? "");

export const offers = (node) => node.matches?.("[aria-autocomplete]");
const isOpen = (input) => offers(input) && !listOf(input).hidden;

function open(input) {
  listOf(input).hidden = false;
  if (!isCommand(input)) input.setAttribute("aria-expanded", "true");
  mark(input, optionsOf(input)[0]);
}

export function close(input) {
  listOf(input).hidden = true;
  if (!isCommand(input)) input.setAttribute("aria-expanded", "false");
  mark(input, null);
}

function mark(input, option) {
  marked(input)?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

/** Whether a key was for the open list of what has the focus. */
export function hears(event) {
  const input = event.target;
  if (!isOpen(input) || event.isComposing) return false;
  const options = optionsOf(input);
  const at = options.indexOf(marked(input));
  if (event.key === "Escape") close(input);
  else if (event.key === "ArrowDown") mark(input, options[(at + 1) % options.length]);
  else if (event.key === "ArrowUp") mark(input, options.at(at > 0 ? at - 1 : -1));
  else if (event.key === "Enter" && isWhole(input)) return close(input);
  else if (event.key === "Enter" || (event.key === "Tab" && isCommand(input))) take(input, marked(input));
  else return false;
  event.preventDefault();
  return true;
}

export function take(input, option) {
  if (!option || option.getAttribute("aria-disabled")) return;
  close(input);
  if (!isCommand(input)) return choose(input.closest("[data-search]"), option);
  input.value = `${option.dataset.command} `;
  keep(input);
}

/** Something is typed into what may open a list. */
export function follow(input) {
  if (isCommand(input)) return offerCommands(input);
  const search = input.closest("[data-search]");
  if (!input.value && "field" in search.dataset) Object.assign(search.dataset, { value: "", text: "" });
  return suggest(search, input);
}

/** The focus goes in: what needs no letter is offered at once. */
export function enter(input) {
  if (input.closest("[data-search]")?.dataset.least === "0") follow(input);
}

/** The focus goes elsewhere: what was typed and not chosen is no choice. */
export function leave(input) {
  close(input);
  const search = input.closest("[data-search]");
  if (search) input.value = search.dataset.text;
}

// ---- commands ----------------------------------------------------------------------------------------------

const isCommand = (input) => "commands" in input.dataset;
const isWhole = (input) => isCommand(input) && marked(input)?.dataset.command === input.value;

function offerCommands(input) {
  const typed = /^\/\S*$/.test(input.value) ? input.value : null;
  for (const option of listOf(input).children) option.hidden = typed === null || !option.dataset.command.startsWith(typed);
  if (optionsOf(input).length) open(input);
  else close(input);
}

// ---- an external select ------------------------------------------------------------------------------------

let asking = 0;

async function suggest(search, input) {
  const asked = ++asking;
  if (input.value.length < Number(search.dataset.least)) return offer(input, [], `Type ${search.dataset.least} letters or more`);
  offer(input, [], "Loading…");
  const { action, block } = search.dataset;
  const outcome = await ask("slack/suggest", { ...placeOf(search), action_id: action, block_id: block, query: input.value });
  if (asked !== asking || document.activeElement !== input) return;
  const given = outcome?.body ?? {};
  const options = given.options ?? (given.option_groups ?? []).flatMap((group) => group.options);
  offer(input, outcome?.error ? [] : options, outcome?.error ?? "No results");
}

function offer(input, options, otherwise) {
  const lines = options.map((option) => line(option.text.text, { value: option.value }));
  const note = line(otherwise);
  note.setAttribute("aria-disabled", "true");
  listOf(input).replaceChildren(...(lines.length ? lines : [note]));
  [...listOf(input).children].forEach((each, at) => { each.id = `${listOf(input).id}-${at}`; });
  open(input);
}

function line(words, facts = {}) {
  const made = document.createElement("div");
  made.textContent = words;
  made.setAttribute("role", "option");
  Object.assign(made.dataset, facts);
  return made;
}

function choose(search, option) {
  Object.assign(search.dataset, { value: option.dataset.value, text: option.textContent });
  search.querySelector("input").value = option.textContent;
  if ("change" in search.dataset) press(search, option.dataset.value);
}
