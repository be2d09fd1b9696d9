// Whenever there is news, the page is fetched again and only what differs is changed, so that nobody loses their
// place, their focus or their words.

import { composers, putBack } from "./keeping.js";
import { sayBack, sayGone } from "./saying.js";

const AGAIN_MS = 1000;
let shown = Promise.resolve();
let next = null;

/** Settles when what was there at the call, or later, is shown: not when there is no more news, which may be never. */
export function refresh() {
  next ??= shown.catch(() => {}).then(() => {
    shown = next;
    next = null;
    return look();
  });
  return next;
}

/** Shows the page of where one is; whoever went elsewhere meanwhile has asked for another. */
async function look() {
  const here = location.href;
  const page = await fetchPage(here);
  if (page && here === location.href) show(page);
}

async function fetchPage(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    sayBack();
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return tryAgain();
  }
}

/** Nobody has answered: say so, and look whether somebody does by now. */
export function tryAgain() {
  sayGone();
  setTimeout(refresh, AGAIN_MS);
  return null;
}

export function listen() {
  const source = new EventSource("/events");
  let wasGone = false;
  source.addEventListener("news", refresh);
  source.addEventListener("open", () => { if (wasGone) refresh(); wasGone = false; });
  source.addEventListener("error", () => { wasGone = true; sayGone(); });
}

export function settle() {
  showWhereWeAre();
  lists().forEach(scrollDown);
  const modal = topModal();
  if (modal) firstField(modal).focus();
}

function show(page) {
  const places = new Map(lists().map((list) => [list.id, placeIn(list)]));
  const modals = new Map(openModals().map((modal) => [modal.id, hasFields(modal)]));
  const path = pathTo(document.activeElement);
  const before = composers();
  morph(document.body, page.body);
  document.querySelectorAll(ANSWERED).forEach(answer);
  putBack(before);
  document.title = page.title;
  showWhereWeAre();
  for (const list of lists()) keepPlace(list, places.get(list.id));
  keepFocus(path, modals, places);
}

/** Tabs that do not fit are scrolled away; the one we are on is not. */
const showWhereWeAre = () =>
  document.querySelectorAll(":is(.panes, .people, .rooms) [aria-current]").forEach((each) => each.scrollIntoView({ block: "nearest", inline: "center" }));

// ---- where one reads ---------------------------------------------------------------------------------------

const lists = () => [...document.querySelectorAll("[data-bottom]")];
export const scrollDown = (list) => { list.scrollTop = list.scrollHeight; };

/** At the end, or how far down the first line stands that is to be seen. */
function placeIn(list) {
  if (list.scrollHeight - list.scrollTop - list.clientHeight < 40) return { atEnd: true };
  const { top } = list.getBoundingClientRect();
  const line = [...list.children].find((each) => each.id && each.getBoundingClientRect().bottom > top);
  return { line, at: line?.getBoundingClientRect().top };
}

function keepPlace(list, place) {
  if (!place || place.atEnd) scrollDown(list);
  else if (place.line?.isConnected) list.scrollTop += place.line.getBoundingClientRect().top - place.at;
}

// ---- where the focus is ------------------------------------------------------------------------------------

const openModals = () => [...document.querySelectorAll("[data-modal]")];
export const topModal = () => document.querySelector(".modal.depth-0[data-modal]");
const hasFields = (modal) => modal.querySelector(".modal-body :is(input, textarea, select)") !== null;
const firstField = (modal) =>
  modal.querySelector("[autofocus]") ?? modal.querySelector(".modal-body :is(input, textarea, select)") ??
  modal.querySelector("footer button.primary") ?? modal.querySelector("button");

/** What had the focus before a modal came, by the modal's id. */
const openers = new Map();

/** A node and all it stands in; `data-back` names what the focus goes to when a part of the page goes away. */
function pathTo(node) {
  const path = [];
  for (let each = node; each && each !== document.body; each = each.parentElement) {
    path.push({ node: each, id: each.id });
    if (each.dataset.back) path.push({ id: each.dataset.back });
  }
  return path;
}

function keepFocus(path, modals, places) {
  const now = openModals().map((modal) => modal.id);
  const closed = [...modals.keys()].filter((id) => !now.includes(id));
  const opened = now.filter((id) => !modals.has(id));
  const back = closed.length ? openers.get(closed[0]) ?? [] : path;
  closed.forEach((id) => openers.delete(id));
  opened.forEach((id) => openers.set(id, back));
  const modal = topModal();
  const arrived = lists().find((list) => "arrive" in list.dataset && !places.has(list.id));
  if (modal && (opened.length || (!modals.get(modal.id) && hasFields(modal)))) firstField(modal).focus();
  else if (arrived) arrived.focus();
  else if (isLost() && (closed.length || path.length)) returnTo(back);
}

const isLost = () => {
  const focused = document.activeElement;
  return !focused || focused === document.body || focused.closest("[inert]") !== null || !focused.checkVisibility();
};

/** The innermost of what was on the path and can still have the focus. */
function returnTo(path) {
  for (const { node, id } of [...path, { id: "stage" }]) {
    const place = node?.isConnected ? node : document.getElementById(id);
    place?.focus({ preventScroll: true });
    if (place && place === document.activeElement) return;
  }
}

// ---- changing only what differs ----------------------------------------------------------------------------

function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE || from.hasAttribute("data-keep")) return;
  if (from.dataset.drawn !== to.dataset.drawn) forgetBusy(from);
  alterAttributes(from, to);
  if (from.localName === "textarea") {
    if (from.defaultValue !== to.defaultValue) from.defaultValue = to.defaultValue;
    return;
  }
  alterChildren(from, to);
}

/** What was sent from a window has been answered once the window shows something else. */
const forgetBusy = (window) =>
  window.querySelectorAll("[aria-busy]").forEach((each) => each.removeAttribute("aria-busy"));

function alterChildren(from, to) {
  const wantedIds = new Set([...to.children].map((each) => each.id));
  for (const each of [...from.children]) if (each.id && !wantedIds.has(each.id)) each.remove();
  const byId = new Map([...from.children].filter((each) => each.id).map((each) => [each.id, each]));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const found = wanted.id ? byId.get(wanted.id) : place;
    const same = found && isAlike(found, wanted) ? found : null;
    if (same) {
      if (same === place) place = place.nextSibling;
      else from.insertBefore(same, place);
      if (!same.isEqualNode(wanted)) morph(same, wanted);
    } else {
      from.insertBefore(document.importNode(wanted, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

const isAlike = (one, other) => one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");

function alterAttributes(from, to) {
  for (const { name, value } of [...to.attributes]) {
    if (!isOurs(from, name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!isOurs(from, name) && !to.hasAttribute(name)) from.removeAttribute(name);
  }
}

/** What the server does not know: what is open or under way here, and what is chosen in a form not yet sent. */
const OURS = new Set(["open", "aria-busy", "aria-expanded", "aria-activedescendant", "data-flash"]);
const CHOSEN = new Set(["data-value", "data-text"]);
const isOurs = (node, name) => OURS.has(name) || (CHOSEN.has(name) && node.matches("[data-search][data-field]"));

/** What acts when something is chosen in it shows what the server made of that, not what was clicked last. */
const ANSWERED = "select:is([data-go], [data-change], [data-move], [data-on-change] *):not([multiple]), [data-search][data-change] input, [data-change] input:is([type=checkbox], [type=radio])";

function answer(field) {
  if (field.localName === "select") {
    const value = [...field.options].find((each) => each.defaultSelected)?.value ?? "";
    if (field.value !== value) field.value = value;
  } else if (field.type === "search") {
    if (field !== document.activeElement) field.value = field.defaultValue;
  } else {
    field.checked = field.defaultChecked;
  }
}
