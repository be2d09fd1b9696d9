// What people do is sent to the control endpoints; what comes of it is then to be seen.

import { forget, keep } from "./keeping.js";
import { say } from "./saying.js";
import { refresh, scrollDown, tryAgain } from "./seeing.js";

/** The answer of a control endpoint; null when there is none. */
export async function ask(path, body, method = "POST") {
  try {
    const answer = await fetch(`/_control/${path}`, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return { ok: answer.ok, ...(await answer.json()) };
  } catch {
    return tryAgain();
  }
}

/** Do it and show it; null when it was refused. */
export async function act(path, body, { method = "POST", control = null } = {}) {
  control?.setAttribute("aria-busy", "true");
  const outcome = await ask(path, body, method);
  if (outcome?.error) say(outcome.error);
  if (outcome) await refresh();
  control?.removeAttribute("aria-busy");
  return outcome?.ok ? outcome : null;
}

const parsed = (node, key) => JSON.parse(node.dataset[key] || "{}");
export const placeOf = (node) => parsed(node.closest("[data-place]"), "place");
export const isBusy = (node) => node.matches("[aria-busy=true]") || node.querySelector("[aria-busy=true]") !== null;

/** The confirm dialog of a control, if it has one: true to go on. */
function confirmed(control) {
  const dialog = document.getElementById(control.dataset.confirm ?? "");
  if (!dialog) return Promise.resolve(true);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((settle) => dialog.addEventListener("close", () => settle(dialog.returnValue === "confirm"), { once: true }));
}

export async function press(control, value) {
  if (!(await confirmed(control))) return refresh();
  const { action, block } = control.dataset;
  const body = { ...placeOf(control), action_id: action, block_id: block };
  if (value !== undefined) body.value = value;
  await act("slack/click", body, { control });
}

export async function perform(control) {
  if (!(await confirmed(control))) return;
  await act(control.dataset.act, parsed(control, "body"), { method: control.dataset.method, control });
}

// ---- what fields hold --------------------------------------------------------------------------------------

/** What a Block Kit element holds; null for one that holds nothing. */
export async function valueOf(field) {
  if (field.dataset.ticks) {
    const chosen = [...field.querySelectorAll("input:checked")].map((each) => each.value);
    return field.dataset.ticks === "one" ? chosen[0] ?? null : chosen;
  }
  if ("search" in field.dataset) return field.dataset.value || null;
  if (field.type === "file") return filesIn(field);
  if (field.multiple) return [...field.selectedOptions].map((each) => each.value);
  if (field.type === "datetime-local") return field.value ? Math.floor(new Date(field.value).getTime() / 1000) : null;
  return field.value === "" && field.localName !== "textarea" ? null : field.value;
}

const filesIn = (field) => Promise.all([...field.files].map(readFile));

async function readFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name, content_type: file.type || "application/octet-stream", content_base64: btoa(binary) };
}

/** The fields of an ordinary form by name; what is empty is left out, numbers and flags are read as such. */
async function fieldsOf(form) {
  const fields = {};
  for (const field of form.querySelectorAll("[name]")) {
    if (field.dataset.copy) field.value = form.elements[field.dataset.copy].value;
    if (field.type === "checkbox") fields[field.name] = field.checked;
    else if (field.type === "file") { if (field.files.length) fields.files = await filesIn(field); }
    else if (field.value.trim()) fields[field.name] = "json" in field.dataset ? JSON.parse(field.value) : field.value;
  }
  return fields;
}

/** Empties what was written and attached; answers how to put it back. */
function empty(form) {
  const fields = [...form.querySelectorAll("textarea, input[type=file], [data-picked]")];
  const before = fields.map(({ value, files, textContent }) => ({ value, files, textContent }));
  for (const field of fields) {
    if (field.localName === "span") field.replaceChildren();
    else field.value = "";
  }
  forget(form);
  return () => fields.forEach((field, at) => {
    if (field.localName === "span") field.textContent = before[at].textContent;
    else if (field.type === "file") field.files = before[at].files;
    else if (!field.value) { field.value = before[at].value; keep(field); }
  });
}

// ---- sending -----------------------------------------------------------------------------------------------

export async function submitWindow(form) {
  if (!form.reportValidity()) return;
  const values = {};
  for (const field of form.querySelectorAll("[data-field]")) values[field.dataset.action] = await valueOf(field);
  const control = form.querySelector("footer .primary");
  const outcome = await act("slack/submit", { ...placeOf(form), values }, { control });
  if (outcome) form.querySelector(".has-error :is(input, textarea, select)")?.focus();
}

export const closeWindow = (form) => act("slack/close", placeOf(form));

/** Answers whether it was sent. */
export async function sendForm(form) {
  const fields = await fieldsOf(form);
  const isMessage = form.querySelector("textarea") !== null;
  if (isMessage && !fields.text && !fields.files) return false;
  const putBack = isMessage && !form.closest("dialog") ? empty(form) : () => {};
  const body = { ...parsed(form, "body"), ...fields };
  if (body.channel === "slack" && body.text) body.text = mentioned(body.text);
  const control = form.querySelector("button:not([type=button])");
  const outcome = await act(form.dataset.act, body, { control });
  if (outcome) form.closest("dialog")?.close();
  else putBack();
  return outcome !== null;
}

export async function compose(form) {
  const { text = "", files } = await fieldsOf(form);
  const body = parsed(form, "body");
  const words = text.trim();
  if (!words && !files) return;
  const [, command, rest] = /^(\/\S*)\s*([^]*)$/.exec(words) ?? [];
  const refusal = command && refusalOf(command, form, body);
  if (refusal) return say(refusal);
  const putBack = empty(form);
  const control = form.querySelector(".send");
  const outcome = command
    ? await act("slack/command", { user: body.from, channel: body.in, command, text: rest }, { control })
    : await act("report", { ...body, files, text: mentioned(words), mention: false }, { control });
  if (outcome) form.parentElement?.querySelectorAll("[data-bottom]").forEach(scrollDown); // null once one is elsewhere
  else putBack();
}

/** What Slack itself says to a command, without asking the app. */
function refusalOf(command, form, body) {
  const known = [...form.querySelectorAll("[data-command]")].map((each) => each.dataset.command);
  if (!known.includes(command)) {
    return `${command} is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands.`;
  }
  return body.thread ? `${command} is not supported in threads. Sorry!` : "";
}

/** Slack turns the name somebody picks into the app's id. */
const mentioned = (words) => words.replace(/@feedback[ _]?hub\b/gi, "<@U0HUB>");
