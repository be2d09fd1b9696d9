// The page is drawn on the server. This script sends what people do to the control endpoints, and, whenever there is
// news, fetches the page again and changes only what differs, so that nobody loses their place, focus or words.

const SAID_MS = 6000;
const said = document.getElementById("said");

// ---- seeing -------------------------------------------------------------------------------------------------

let fetching = null;
let stale = false;

async function refresh() {
  stale = true;
  fetching ??= (async () => {
    while (stale) {
      stale = false;
      const here = location.href;
      const answer = await fetch(here, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (here === location.href) show(page);
      else stale = true;
    }
  })().catch(() => listen.gone()).finally(() => { fetching = null; });
  return fetching;
}

function show(page) {
  const atBottom = new Set([...document.querySelectorAll("[data-bottom]")].filter(isAtBottom).map((each) => each.id));
  const known = new Set([...document.querySelectorAll("[data-bottom], [data-modal]")].map((each) => each.id));
  const focused = document.activeElement?.closest("[data-place], [data-card]")?.id;
  morph(document.body, page.body);
  document.title = page.title;
  showWhereWeAre();
  for (const list of document.querySelectorAll("[data-bottom]")) {
    if (atBottom.has(list.id) || !known.has(list.id)) list.scrollTop = list.scrollHeight;
  }
  const modal = topModal();
  if (modal && !known.has(modal.id)) firstField(modal)?.focus();
  else if (document.activeElement === document.body && focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Tabs that do not fit are scrolled away; the one we are on is not. */
const showWhereWeAre = () =>
  document.querySelectorAll(".panes [aria-current], .people [aria-current]").forEach((each) => each.scrollIntoView({ block: "nearest", inline: "center" }));
const isAtBottom = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 40;
const topModal = () => document.querySelector(".modal.depth-0[data-modal]");
const firstField = (modal) =>
  modal.querySelector("[autofocus]") ?? modal.querySelector(".modal-body :is(input, textarea, select)") ??
  modal.querySelector("footer button.primary") ?? modal.querySelector("button");

function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE || from.hasAttribute("data-keep")) return;
  alterAttributes(from, to);
  if (from.localName === "textarea") {
    if (from.defaultValue !== to.defaultValue) from.defaultValue = to.defaultValue;
    return;
  }
  const byId = new Map([...from.children].filter((each) => each.id).map((each) => [each.id, each]));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const same = wanted.id ? byId.get(wanted.id) : place && isAlike(place, wanted) ? place : null;
    if (same) {
      if (same === place) place = place.nextSibling;
      else from.insertBefore(same, place);
      morph(same, wanted);
    } else {
      from.insertBefore(document.importNode(wanted, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
  if (from.matches(ANSWERED)) from.value = [...from.options].find((each) => each.defaultSelected)?.value ?? "";
}

/** Selects that act when chosen from: they show what the server has made of it, not what was clicked last. */
const ANSWERED = "select:is([data-go], [data-change], [data-move], [data-on-change] *):not([multiple])";

const isAlike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && !one.id && !other.id;

function alterAttributes(from, to) {
  const theirs = new Set(["open", "aria-busy", "aria-expanded"]); // what is open or under way here, the server does not know
  for (const { name, value } of [...to.attributes]) {
    if (!theirs.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!theirs.has(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  }
}

const listen = {
  start() {
    const source = new EventSource("/events");
    let wasGone = false;
    source.addEventListener("news", refresh);
    source.addEventListener("open", () => { if (wasGone) { said.replaceChildren(); refresh(); } wasGone = false; });
    source.addEventListener("error", () => { wasGone = true; listen.gone(); });
  },
  gone() { say("The sandbox does not answer; is it still running? This page tries again by itself.", { stays: true }); },
};

function say(words, { bad = true, stays = false } = {}) {
  const line = document.createElement("p");
  line.textContent = words;
  if (bad) line.className = "bad";
  said.replaceChildren(line);
  if (!stays) setTimeout(() => line.remove(), SAID_MS);
}

// ---- going --------------------------------------------------------------------------------------------------

async function go(address) {
  history.pushState(null, "", address);
  await refresh();
  arrive();
}

/** Opening the app's Home is an event of its own at Slack. */
function arrive() {
  const home = document.querySelector("[data-home]");
  if (home) act("slack/home", { user: home.dataset.home });
}

// ---- doing --------------------------------------------------------------------------------------------------

async function act(path, body, { method = "POST", control = null } = {}) {
  control?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/_control/${path}`, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const outcome = await answer.json();
    if (outcome.error) say(outcome.error);
    await refresh();
    return answer.ok ? outcome : null;
  } catch {
    listen.gone();
    return null;
  } finally {
    control?.removeAttribute("aria-busy");
  }
}

const parsed = (node, key) => JSON.parse(node.dataset[key] || "{}");
const placeOf = (node) => parsed(node.closest("[data-place]"), "place");

/** The confirm dialog of a control, if it has one: true to go on. */
function confirmed(control) {
  const dialog = document.getElementById(control.dataset.confirm ?? "");
  if (!dialog) return Promise.resolve(true);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((settle) => dialog.addEventListener("close", () => settle(dialog.returnValue === "confirm"), { once: true }));
}

async function press(control, value) {
  if (!(await confirmed(control))) return;
  const { action, block } = control.dataset;
  const body = { ...placeOf(control), action_id: action, block_id: block };
  if (value !== undefined) body.value = value;
  await act("slack/click", body, { control });
}

async function perform(control, more = {}) {
  if (!(await confirmed(control))) return;
  await act(control.dataset.act, { ...parsed(control, "body"), ...more }, { method: control.dataset.method, control });
}

/** What a Block Kit element holds; undefined for one that holds nothing. */
async function valueOf(field) {
  if (field.dataset.ticks) {
    const chosen = [...field.querySelectorAll("input:checked")].map((each) => each.value);
    return field.dataset.ticks === "one" ? chosen[0] ?? null : chosen;
  }
  if (field.dataset.search !== undefined) return field.dataset.value ?? null;
  if (field.type === "file") return Promise.all([...field.files].map(readFile));
  if (field.multiple) return [...field.selectedOptions].map((each) => each.value);
  if (field.type === "datetime-local") return field.value ? Math.floor(new Date(field.value).getTime() / 1000) : null;
  return field.value === "" && field.localName !== "textarea" ? null : field.value;
}

async function readFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name, content_type: file.type || "application/octet-stream", content_base64: btoa(binary) };
}

async function submitWindow(form) {
  if (!form.reportValidity()) return;
  const values = {};
  for (const field of form.querySelectorAll("[data-field]")) values[field.dataset.action] = await valueOf(field);
  const control = form.querySelector("footer .primary");
  const outcome = await act("slack/submit", { ...placeOf(form), values }, { control });
  if (outcome) form.querySelector(".has-error :is(input, textarea, select)")?.focus();
}

/** The fields of an ordinary form by name; what is empty is left out, numbers and flags are read as such. */
async function fieldsOf(form) {
  const fields = {};
  for (const field of form.querySelectorAll("[name]")) {
    if (field.dataset.copy) field.value = form.elements[field.dataset.copy].value;
    if (field.type === "checkbox") fields[field.name] = field.checked;
    else if (field.type === "file") { if (field.files.length) fields.files = await Promise.all([...field.files].map(readFile)); }
    else if (field.value.trim()) fields[field.name] = "json" in field.dataset ? JSON.parse(field.value) : field.value;
  }
  return fields;
}

async function sendForm(form) {
  const fields = await fieldsOf(form);
  if (form.querySelector("textarea") && !fields.text && !fields.files) return;
  const control = form.querySelector("button:not([type=button])");
  const outcome = await act(form.dataset.act, { ...parsed(form, "body"), ...fields }, { control });
  if (!outcome) return;
  form.closest("dialog")?.close();
  empty(form);
  if (form.dataset.then) await go(form.dataset.then);
}

async function compose(form) {
  const fields = await fieldsOf(form);
  const body = parsed(form, "body");
  const words = (fields.text ?? "").trim();
  if (!words && !fields.files) return;
  const control = form.querySelector(".send");
  const [, command, rest] = /^(\/[a-z-]+)\s*([^]*)$/.exec(words) ?? [];
  const outcome = command
    ? await act("slack/command", { user: body.from, channel: body.in, command, text: rest }, { control })
    : await act("report", { ...body, ...fields, text: mentioned(words), mention: false }, { control });
  if (outcome) empty(form);
}

/** Slack turns the name somebody picks into the app's id. */
const mentioned = (words) => words.replace(/@feedback[ _]?hub\b/gi, "<@U0HUB>");

function empty(form) {
  form.querySelectorAll("textarea").forEach((each) => { each.value = ""; });
  form.querySelectorAll("input[type=file]").forEach((each) => { each.value = ""; });
  form.querySelectorAll("[data-picked]").forEach((each) => each.replaceChildren());
}

async function closeWindow(form) {
  await act("slack/close", placeOf(form));
}

// ---- an external select: ask the app while somebody types --------------------------------------------------

let asking = 0;

async function suggest(search) {
  const typed = search.querySelector("input").value;
  const list = search.querySelector("[role=listbox]");
  const asked = ++asking;
  if (typed.length < Number(search.dataset.least)) return offer(search, list, [], `Type ${search.dataset.least} letters or more`);
  offer(search, list, [], "Loading…");
  const body = { ...placeOf(search), action_id: search.dataset.action, block_id: search.dataset.block, query: typed };
  const answer = await fetch("/_control/slack/suggest", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const outcome = await answer.json();
  if (asked !== asking) return;
  const given = outcome.body ?? {};
  const options = given.options ?? (given.option_groups ?? []).flatMap((group) => group.options);
  offer(search, list, options, outcome.error ?? "No results");
}

function offer(search, list, options, otherwise) {
  const buttons = options.map((option) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: option.text.text });
    button.setAttribute("role", "option");
    button.dataset.value = option.value;
    return button;
  });
  const note = document.createElement("p");
  note.textContent = otherwise;
  list.replaceChildren(...(buttons.length ? buttons : [note]));
  list.hidden = false;
  search.querySelector("input").setAttribute("aria-expanded", "true");
}

function choose(search, option) {
  const input = search.querySelector("input");
  search.dataset.value = option.dataset.value;
  input.value = "";
  input.placeholder = option.textContent;
  closeList(search);
  input.focus();
  if ("change" in search.dataset) press(search, option.dataset.value);
}

function closeList(search) {
  search.querySelector("[role=listbox]").hidden = true;
  search.querySelector("input").setAttribute("aria-expanded", "false");
}

// ---- who hears what ----------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const target = event.target;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target) || target.closest(".menu-list button, .menu-list a")) menu.open = false;
  }
  const search = target.closest("[data-search]");
  for (const each of document.querySelectorAll("[data-search]")) if (each !== search) closeList(each);
  const option = target.closest("[role=option]");
  if (option) return choose(search, option);
  const link = target.closest("a[href^='/?'], a[href='/']");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    return go(link.getAttribute("href"));
  }
  const control = target.closest("button");
  if (!control || control.getAttribute("aria-busy") === "true") return;
  if ("click" in control.dataset) return press(control, control.dataset.value);
  if ("choose" in control.dataset) return press(control.closest("details[data-action]"), control.dataset.value);
  if ("closeWindow" in control.dataset) return closeWindow(control);
  if (control.dataset.answer) return control.closest("dialog").close(control.dataset.answer);
  if ("closeDialog" in control.dataset) return control.closest("dialog").close();
  if (control.dataset.edit) return document.getElementById(control.dataset.edit).showModal();
  if (control.dataset.fill) return fill(control);
  if (control.dataset.cookie) return remember(control.dataset.cookie);
  if ("themeSwitch" in control.dataset) return switchTheme();
  if (control.dataset.act) return perform(control);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  if ("window" in form.dataset) submitWindow(form);
  else if ("composer" in form.dataset) compose(form);
  else sendForm(form);
});

document.addEventListener("change", async (event) => {
  const field = event.target;
  const element = field.closest("[data-change]");
  if (element && !field.closest("[data-search]")) return press(element, await valueOf(element));
  if ("go" in field.dataset && field.value) return go(field.value);
  if (field.dataset.move) return act(`notion/pages/${field.dataset.move}`, { status: field.value }, { method: "PATCH", control: field });
  if (field.type === "file") return pick(field);
  if (field.form && "onChange" in field.form.dataset) sendForm(field.form);
});

document.addEventListener("input", (event) => {
  const search = event.target.closest("[data-search]");
  if (search) suggest(search);
});

document.addEventListener("focusin", (event) => {
  const search = event.target.closest("[data-search]");
  if (search && event.target.localName === "input" && search.dataset.least === "0") suggest(search);
});

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.key === "Escape") return escape(target);
  if (event.key === "Enter" && "enterSends" in target.dataset && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    target.form.requestSubmit();
  }
  if (event.key === "Enter" && target.matches("input[data-change]")) {
    event.preventDefault();
    target.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (["ArrowDown", "ArrowUp"].includes(event.key)) walk(event);
});

function escape(target) {
  const search = target.closest("[data-search]");
  const menu = target.closest("details.menu[open]");
  if (search && !search.querySelector("[role=listbox]").hidden) closeList(search);
  else if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  else if (topModal() && !document.querySelector("dialog[open]")) closeWindow(topModal().querySelector("form"));
}

/** Up and down through what a menu or a list offers. */
function walk(event) {
  const holder = event.target.closest("details.menu[open], [data-search]");
  const items = holder ? [...holder.querySelectorAll(".menu-list :is(button, a)")] : [];
  if (!items.length) return;
  event.preventDefault();
  const at = items.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
  items[(at + items.length) % items.length].focus();
}

function pick(field) {
  const note = field.closest("form").querySelector("[data-picked]");
  if (note) note.textContent = [...field.files].map((file) => file.name).join(", ");
}

function fill(chip) {
  const words = document.getElementById(chip.dataset.fill);
  words.value = chip.textContent;
  words.focus();
}

function remember(cookie) {
  document.cookie = `${cookie}; path=/; max-age=31536000; samesite=strict`;
  refresh();
}

function switchTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  remember(`theme=${next}`);
}

// ---- the board ---------------------------------------------------------------------------------------------

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (card) event.dataTransfer.setData("text/plain", card.dataset.card);
});

document.addEventListener("dragover", (event) => {
  const column = event.target.closest("[data-drop]");
  document.querySelectorAll("[data-drop].over").forEach((each) => each.classList.toggle("over", each === column));
  if (column) { event.preventDefault(); column.classList.add("over"); }
});

document.addEventListener("drop", (event) => {
  const column = event.target.closest("[data-drop]");
  const card = event.dataTransfer.getData("text/plain");
  document.querySelectorAll("[data-drop].over").forEach((each) => each.classList.remove("over"));
  if (column && card) { event.preventDefault(); act(`notion/pages/${card}`, { status: column.dataset.drop }, { method: "PATCH" }); }
});

addEventListener("popstate", async () => { await refresh(); arrive(); });

for (const list of document.querySelectorAll("[data-bottom]")) list.scrollTop = list.scrollHeight;
showWhereWeAre();
if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
if (topModal()) firstField(topModal())?.focus();
if (document.querySelector("#stage")) { listen.start(); arrive(); }
document.documentElement.dataset.ready = "";
