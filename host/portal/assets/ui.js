// What screens are made of: headers, tables, badges, empty states, messages.

import { h } from "./dom.js";
import { date, relative } from "./format.js";

// A screen's head: what it is, one sentence of why, and what can be done here.
export function head(title, about, ...actions) {
    return h("header", { class: "head" },
        h("div", null, h("h1", { tabindex: "-1" }, title), about && h("p", { class: "about" }, about)),
        h("div", { class: "actions" }, actions));
}

// The way back from a thing to its list.
export function crumb(address, text) {
    return h("nav", { class: "crumb", "aria-label": "Where this is" }, h("a", { href: address }, text));
}

export function section(title, about, ...content) {
    return h("section", { class: "card" }, h("h2", null, title), about && h("p", { class: "about" }, about), content);
}

export function button(text, onClick, kind = "") {
    return h("button", { type: "button", class: kind, onClick }, text);
}

export function link(address, text, kind = null) {
    return h("a", { href: address, class: kind }, text);
}

export function badge(text, kind = "") {
    return h("span", { class: `badge ${kind}` }, text);
}

export function code(text) {
    return h("code", null, text);
}

// A moment: how long ago, with the moment itself on request.
export function when(text, never = "never") {
    return text
        ? h("time", { datetime: text, title: date(text) }, relative(text))
        : h("span", { class: "muted" }, never);
}

// A list of short texts, the first few of it.
export function few(texts, most = 3, none = "none") {
    if (texts.length === 0) {
        return h("span", { class: "muted" }, none);
    }
    const shown = texts.slice(0, most).map((text) => h("code", { class: "chip" }, text));
    const rest = texts.slice(most);
    const more = h("span", { class: "muted", title: rest.join("\n") }, `and ${rest.length} more`);
    return h("span", { class: "chips" }, shown, rest.length > 0 && more);
}

// What there is to say of one thing: pairs of a name and a value.
export function facts(...pairs) {
    const shown = pairs.filter((pair) => pair && pair[1] !== undefined);
    return h("dl", { class: "facts" }, shown.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}

// Nothing is there yet: says what to do next.
export function empty(title, text, ...actions) {
    return h("div", { class: "empty" }, h("h2", null, title), h("p", null, text), h("div", { class: "actions" }, actions));
}

// A message that stays: `kind` is `error`, `warning` or `note`.
export function message(kind, ...content) {
    return h("div", { class: `message ${kind}`, role: kind === "error" ? "alert" : "status" }, content);
}

// What went wrong, in the server's words, with each fault and the request's id for the operator.
export function fault(error) {
    const faults = error.faults ?? [];
    return message("error",
        h("p", null, capital(error.message)),
        faults.length > 0 && h("ul", null, faults.map((one) => h("li", null,
            one.location && [h("code", null, one.location), " "], one.message))),
        error.requestId && h("p", { class: "muted small" }, "Request ", h("code", null, error.requestId)));
}

// A table: `columns` are `{ label, cell, kind }`, where `cell` makes a row's content.
export function table(caption, columns, rows) {
    const headings = columns.map(({ label, kind }) => h("th", { scope: "col", class: kind, role: "columnheader" }, label));
    const row = (one) => h("tr", { role: "row" }, columns.map(({ label, cell, kind }) =>
        h("td", { class: kind, role: "cell", "data-label": label }, h("div", null, cell(one)))));
    return h("table", { role: "table" },
        h("caption", { class: "hidden" }, caption),
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, headings)),
        h("tbody", { role: "rowgroup" }, rows.map(row)));
}

// A column of buttons for each row; its heading is for those who do not see it.
export function doing(cell) {
    return { label: "What can be done", kind: "doing", cell };
}

// A message that goes by itself, and is read out.
export function toast(text) {
    const shown = h("p", { class: "toast" }, text);
    document.getElementById("toasts").append(shown);
    setTimeout(() => shown.remove(), 5000);
}

export function capital(text) {
    return text === "" ? text : text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

// Runs what a button does, and shows what went wrong above everything else of the screen.
export async function attempt(work, into = document.getElementById("screen")) {
    into.querySelector(":scope > .message.error")?.remove();
    try {
        return await work();
    } catch (error) {
        if (error.name !== "AbortError") {
            into.prepend(fault(error));
            into.querySelector(".message.error").scrollIntoView({ block: "nearest" });
        }
        return undefined;
    }
}
