// Decisions: the latest, live and by what they are about, and one of them drawn step by step.

import { api, path } from "../api.js";
import { h, replace } from "../dom.js";
import { form } from "../form.js";
import { date } from "../format.js";
import { to } from "../router.js";
import { attempt, badge, button, code, crumb, empty, facts, head, link, section, table, when } from "../ui.js";
import { walk } from "../walk.js";

const WHERE = ["v1", "decisions"];
// On one page, and how often a live list looks again, in milliseconds.
const PAGE = 50;
const EVERY_MS = 3000;

export async function decisions({ signal, main }) {
    const shown = h("div", { class: "list-of", "aria-live": "off" });
    const asked = form([
        { name: "effect", label: "Effect", type: "select", value: "", options: [["", "any"], ["allow", "let pass"], ["deny", "refused"]] },
        { name: "code", label: "Code", value: "", placeholder: "policy_denied" },
        { name: "permission", label: "Permission", value: "", placeholder: "nexus:consumer:chat" },
        { name: "subject", label: "Subject", value: "" },
    ]);
    const live = h("input", { type: "checkbox", id: "live" });
    let rows = [];
    const load = async (cursor, unattended = false) => {
        const { effect, ...texts } = asked.values();
        const query = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.trim()]));
        const page = await api.get(path(WHERE, { ...query, effect, limit: PAGE, cursor }), { signal, unattended });
        rows = cursor ? [...rows, ...page.decisions] : page.decisions;
        replace(shown, rows.length === 0 && !page.next
            ? empty("No decisions", "None is kept that fits. They appear here as soon as a gateway asks whether a call may pass.")
            : [listed(rows), page.next && h("div", { class: "actions" }, button("Older ones", () => attempt(() => load(page.next))))]);
    };
    const send = (event) => {
        event?.preventDefault();
        return attempt(() => load(), main);
    };
    const again = () => live.checked && !document.hidden && attempt(() => load(undefined, true), main);
    const timer = setInterval(again, EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    await load();
    return [
        head("Decisions", "Why calls were let pass, or not, the latest first. Each is kept for 30 days."),
        h("form", { class: "card filter", onSubmit: send }, asked.element,
            h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, "Show"),
                h("label", { for: "live" }, live, " live"))),
        shown,
    ];
}

function listed(rows) {
    return table("Decisions", [
        { label: "When", cell: (one) => link(to("decisions", one.id), when(one.at)) },
        { label: "Answer", cell: (one) => badge(one.code, one.decision === "allow" ? "good" : "bad") },
        { label: "Permission", cell: (one) => (one.permission ? code(one.permission) : h("span", { class: "muted" }, "not known")) },
        { label: "Subject", cell: (one) => (one.subject ? code(one.subject) : h("span", { class: "muted" }, "nobody known")) },
        { label: "Call", cell: (one) => (one.path ? code(`${one.method ?? ""} ${one.path}`) : h("span", { class: "muted" }, "not told")) },
    ], rows);
}

export async function decision({ rest: [id] }) {
    const told = await api.get(path([...WHERE, id]));
    const allowed = told.decision === "allow";
    return [
        crumb(to("decisions"), "All decisions"),
        head(allowed ? "A call that was let pass" : "A call that was refused", null, badge(told.code, allowed ? "good" : "bad")),
        section("The call", null, facts(
            ["Decision", code(told.id)], ["When", [when(told.at), ` (${date(told.at)})`]],
            ["Permission", told.permission ? code(told.permission) : "not known"],
            ["Call", told.path ? code(`${told.method ?? ""} ${told.path}`) : "not told"],
            ["Subject", told.subject ? code(told.subject) : "nobody known"],
            ["From", told.client_address ? code(told.client_address) : "not told"],
        )),
        section("The walk", null, walk(told)),
    ];
}
