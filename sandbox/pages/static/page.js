// Who hears what: clicks, keys and choices on the page, which is drawn on the server, and the way from one look to
// another. seeing.js shows what is new, doing.js sends what people do, offering.js helps them type, keeping.js keeps
// what they have begun.

import { act, closeWindow, compose, isBusy, perform, press, sendForm, submitWindow, valueOf } from "./doing.js";
import { keep, pin } from "./keeping.js";
import * as offering from "./offering.js";
import { say } from "./saying.js";
import { listen, refresh, settle, topModal } from "./seeing.js";

// ---- going --------------------------------------------------------------------------------------------------

let arriving = Promise.resolve();

/** One link after another: until the page one goes to is there, what is shown leads on from the page before. */
function follow(link) {
  arriving = arriving.catch(() => {}).then(() => (link.isConnected ? go(link.getAttribute("href")) : null));
  return arriving;
}

async function go(address) {
  history.pushState(null, "", address);
  await refresh();
  arrive();
}

/** Opening the app's Home is an event of its own at Slack; and an address may point at a message or a page. */
function arrive() {
  const home = document.querySelector("[data-home]");
  if (home) act("slack/home", { user: home.dataset.home });
  const id = location.hash.slice(1);
  const target = document.getElementById(id);
  if (target?.matches(".message, .card, .bubble")) pointAt(target);
  else if (/^(m|n|wa|ic)-/.test(id)) say("That is not there any more.");
}

/** What the tour points at may be there already, out of sight. */
function goToRing() {
  const rings = [...document.querySelectorAll("[data-tour] .ring")];
  const ring = rings.find((each) => each.checkVisibility() && !each.closest("[inert]"));
  if (ring) pointAt(ring);
}

function pointAt(target) {
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
  target.dataset.flash = "";
  target.addEventListener("animationend", () => { delete target.dataset.flash; }, { once: true });
}

addEventListener("popstate", async () => { await refresh(); arrive(); });

// ---- clicks -------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target);
  const option = target.closest("[role=option]");
  if (option) return offering.take(document.querySelector(`[aria-controls="${option.parentElement.id}"]`), option);
  const link = target.closest("a[href^='/?'], a[href='/']");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    return follow(link).then(() => { if ("toRing" in link.dataset) goToRing(); });
  }
  const control = target.closest("button");
  if (control && !isBusy(control)) pressed(control);
});

function pressed(control) {
  const facts = control.dataset;
  if ("click" in facts) return press(control, facts.value);
  if ("choose" in facts) return press(control.closest("details[data-action]"), facts.value);
  if ("closeWindow" in facts) return closeWindow(control);
  if ("closeDialog" in facts) return control.closest("dialog").close();
  if ("themeSwitch" in facts) return switchTheme();
  if (facts.answer) return control.closest("dialog").close(facts.answer);
  if (facts.edit) return edit(document.getElementById(facts.edit));
  if (facts.fill) return fill(control);
  if ("unfold" in facts) return unfold(control);
  if (facts.cookie) return remember(facts.cookie);
  if (facts.act) return perform(control);
}

/** A menu closes when something is chosen in it, and when one goes elsewhere; the focus stays with it. */
function closeMenus(target) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const isChosen = menu.contains(target) && target.closest(".menu-list :is(button, a)");
    if (menu.contains(target) && !isChosen) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches("details.menu[open]")) event.target.querySelector(".menu-list").scrollIntoView({ block: "nearest" });
}, true);

/** The focus stays where one types while one chooses from its list. */
document.addEventListener("mousedown", (event) => { if (event.target.closest("[role=listbox]")) event.preventDefault(); });

function edit(dialog) {
  dialog.querySelector("form").reset();
  dialog.showModal();
}

function unfold(control) {
  control.setAttribute("aria-expanded", String(control.getAttribute("aria-expanded") === "false"));
}

function fill(chip) {
  const words = document.getElementById(chip.dataset.fill);
  words.value = chip.textContent;
  keep(words);
  words.focus();
}

function remember(cookie) {
  document.cookie = `${cookie}; path=/; max-age=31536000; samesite=strict`;
  return refresh();
}

function switchTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  return remember(`theme=${next}`);
}

// ---- what is typed, chosen and sent -------------------------------------------------------------------------

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  if ("composer" in form.dataset) return compose(form);
  if (isBusy(form)) return;
  if ("window" in form.dataset) return submitWindow(form);
  form.setAttribute("aria-busy", "true"); // until we are where it leads: sent again from here, it would be another
  if ((await sendForm(form)) && form.dataset.then) await go(form.dataset.then);
  form.removeAttribute("aria-busy");
});

document.addEventListener("change", async (event) => {
  const field = event.target;
  const element = field.closest("[data-change]");
  if (element && !field.closest("[data-search]")) return press(element, await valueOf(element));
  if ("go" in field.dataset && field.value) return go(field.value);
  if (field.dataset.move) return act(`notion/pages/${field.dataset.move}`, { status: field.value }, { method: "PATCH", control: field });
  if (field.type === "file") return pick(field);
  if (field.form && "onChange" in field.form.dataset) return sendForm(field.form);
});

function pick(field) {
  const note = field.closest("form").querySelector("[data-picked]");
  if (note) note.textContent = [...field.files].map((file) => file.name).join(", ");
}

document.addEventListener("input", (event) => {
  keep(event.target);
  pin(event.target);
  if (offering.offers(event.target)) offering.follow(event.target);
});
document.addEventListener("focusin", (event) => {
  pin(event.target);
  if (offering.offers(event.target)) offering.enter(event.target);
});
document.addEventListener("focusout", (event) => {
  if (offering.offers(event.target)) offering.leave(event.target);
  const menu = event.target.closest("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

// ---- keys ---------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (offering.hears(event)) return;
  if (event.key === "Escape") return escape(target);
  if (event.key === "Tab") return stayInside(event);
  if (event.key === "Enter" && "enterSends" in target.dataset && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    target.form.requestSubmit();
  }
  if (event.key === "Enter" && target.matches("input[data-change]")) {
    event.preventDefault();
    target.blur(); // which tells of the change
    target.focus();
  }
  if (["ArrowDown", "ArrowUp"].includes(event.key)) walk(event);
});

function escape(target) {
  const menu = target.closest("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  else if (topModal() && !document.querySelector("dialog[open]") && !target.closest(".beside")) closeWindow(topModal().querySelector("form"));
}

/** Tab goes round in a modal: what is behind it cannot be reached before it is closed. */
function stayInside(event) {
  const buttons = event.target.closest("[data-modal]")?.querySelectorAll(":is(header, footer) button") ?? [];
  if (!buttons.length || event.target.closest("dialog")) return;
  const [from, to] = event.shiftKey ? [buttons[0], buttons[buttons.length - 1]] : [buttons[buttons.length - 1], buttons[0]];
  if (event.target !== from) return;
  event.preventDefault();
  to.focus();
}

/** Up and down through what a menu offers. */
function walk(event) {
  const items = [...(event.target.closest("details.menu[open]")?.querySelectorAll(".menu-list :is(button, a)") ?? [])];
  if (!items.length) return;
  event.preventDefault();
  const at = items.indexOf(event.target);
  items.at(event.key === "ArrowDown" ? (at + 1) % items.length : Math.max(at, 0) - 1).focus();
}

// ---- the board ----------------------------------------------------------------------------------------------

const dropAt = (column) => document.querySelectorAll("[data-drop]").forEach((each) => each.classList.toggle("over", each === column));

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (card) event.dataTransfer.setData("text/plain", card.dataset.card);
});

document.addEventListener("dragover", (event) => {
  const column = event.target.closest("[data-drop]");
  dropAt(column);
  if (column) event.preventDefault();
});

document.addEventListener("dragend", () => dropAt(null));

document.addEventListener("drop", (event) => {
  const column = event.target.closest("[data-drop]");
  const card = event.dataTransfer.getData("text/plain");
  if (!column || !card) return;
  event.preventDefault();
  act(`notion/pages/${card}`, { status: column.dataset.drop }, { method: "PATCH" });
});

settle();
if (document.querySelector("#stage")) { listen(); arrive(); }
document.documentElement.dataset.ready = "";
