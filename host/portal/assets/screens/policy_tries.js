// What a version of a policy would do, found out before it does it: differences, cases, replays, shadows.

import { api, path } from "../api.js";
import { ask, confirm, open } from "../dialog.js";
import { h } from "../dom.js";
import { count, date, microseconds, number } from "../format.js";
import { to } from "../router.js";
import { badge, button, code, facts, few, link, message, section, table, toast, when } from "../ui.js";

const KINDS = {
    allow_to_deny: ["allowed → denied", "bad"],
    failure: ["fails", "bad"],
    deny_to_allow: ["denied → allowed", "warn"],
    obligations: ["other conditions", "warn"],
    reasons: ["other reasons", "dull"],
};

// Opens a window that shows `content`, and closes.
function show(title, ...content) {
    return open(title, (close) => h("div", null, content,
        h("div", { class: "actions end" }, button("Close", () => close(undefined), "primary"))), { wide: true });
}

export async function difference({ name }, one) {
    const found = await api.get(path(["v1", "policies", name, "diff"], { to: one.version }));
    const { added, removed } = found.permissions;
    const same = added.length + removed.length + found.settings.length === 0 && found.from.digest === found.to.digest;
    return show(`Version ${found.from.version} → ${found.to.version}`,
        same && h("p", null, "They are the same."),
        facts(
            ["Code", found.from.digest === found.to.digest ? "the same" : [code(found.from.digest.slice(0, 19)), " → ", code(found.to.digest.slice(0, 19))]],
            ["Also answers for", few(added, 20)], ["No longer answers for", few(removed, 20)],
        ),
        found.settings.length > 0 && table("Settings that differ", [
            { label: "Place", cell: (change) => code(change.path || "/") },
            { label: "In force", cell: (change) => written(change.from) },
            { label: "Then", cell: (change) => written(change.to) },
        ], found.settings));
}

function written(value) {
    return value === undefined ? h("span", { class: "muted" }, "nothing") : h("pre", { tabindex: "0" }, typeof value === "string" ? value : JSON.stringify(value, null, 1));
}

export async function trial({ where }, one) {
    const result = await ask({
        title: `Cases for version ${one.version}`, action: "Run",
        text: "A case is an ask and the answer that it must get, as in the cases folder of a module; one, or a list of them.",
        fields: [{ name: "cases", label: "Cases, as JSON", type: "area", rows: 10, value: EXAMPLE, at: "/cases" }],
        submit: ({ cases }) => api.post(path([...where, "versions", String(one.version), "trial"]), { cases: parse(cases) }),
    });
    if (!result) {
        return undefined;
    }
    return show(`${result.passed} passed, ${result.failed} failed`, table("Cases", [
        { label: "Case", cell: (item) => item.name || "without a name" },
        { label: "Result", cell: (item) => badge(item.passed ? "passed" : "failed", item.passed ? "good" : "bad") },
        { label: "Expected", cell: (item) => written(item.expected) },
        { label: "Got", cell: (item) => written(item.got) },
        { label: "Says", cell: (item) => [...item.messages, ...item.log.map((line) => `${line.level}: ${line.message}`)].map((text) => h("div", null, text)) },
        { label: "Cost", kind: "number", cell: (item) => microseconds(item.cost_us) },
    ], result.results));
}

const EXAMPLE = `[
  {
    "name": "another origin is refused",
    "ask": {
      "tenant": "demo",
      "permission": "nexus:consumer:chat",
      "attributes": { "request.header.origin": "https://evil.example.net", "request.method": "POST" }
    },
    "expect": { "effect": "deny", "reasons": ["origin_not_allowed"] }
  }
]`;

function parse(text) {
    try {
        const cases = JSON.parse(text);
        return Array.isArray(cases) ? cases : cases.cases ?? [cases];
    } catch (error) {
        throw Object.assign(error, { faults: [{ location: "/cases", message: `this is no JSON: ${error.message}` }] });
    }
}

export async function replay({ where }, one) {
    const result = await ask({
        title: `Replay with version ${one.version}`, action: "Replay",
        text: "The latest decisions are looked at again, as if this version had been in force. Nothing comes of it.",
        fields: [{ name: "last", label: "How many of them", type: "select", value: "10000", options: [
            ["1000", "1,000"], ["10000", "10,000"], ["100000", "100,000"],
        ] }],
        submit: ({ last }) => api.post(path([...where, "versions", String(one.version), "replay"]), { last: Number(last) }),
    });
    if (!result) {
        return undefined;
    }
    const { not_kept: kept } = result;
    const lost = kept.unneeded + kept.too_long + kept.left_out + kept.crowded;
    return show(result.flips.total === 0 ? "It would change nothing" : `It would change ${count(result.flips.total, "decision")}`,
        !result.finished && message("warning", h("p", null, "It took too long: these are the counts until then.")),
        facts(
            ["Looked at", `${count(result.looked_at, "decision")}${result.oldest ? `, since ${date(result.oldest)}` : ""}`],
            ["Compared", number(result.compared)], ["Not reached by this policy", number(result.not_reached)],
            lost > 0 && ["Cannot be asked about", number(lost)], result.not_run > 0 && ["No room for", number(result.not_run)],
            ["Cost", `${microseconds(result.cost.before.mean_us)} → ${microseconds(result.cost.after.mean_us)} on average`],
        ),
        kinds(result.flips), flips(result.list));
}

// What the shadow of a policy saw, with a button that ends it.
export async function shadow({ where, known, manage, again }) {
    const seen = await api.try(path([...where, "shadow"]));
    return section(`Shadow: version ${known.shadow.version}`, `It sees ${known.shadow.percent} in a hundred calls and answers none.`,
        seen && facts(
            ["Since", when(seen.since)], ["Asked about", count(seen.evaluated, "call")], ["The same", number(seen.same)],
            ["Would change", number(seen.flips.total)], seen.dropped > 0 && ["No room for", number(seen.dropped)],
            ["Cost", `${microseconds(seen.cost.before.mean_us)} → ${microseconds(seen.cost.after.mean_us)} on average`],
        ),
        seen && kinds(seen.flips), seen && flips(seen.examples),
        manage && h("div", { class: "actions" }, button("Look again", again), button("End the shadow", () => confirm({
            title: "End the shadow?", action: "End it", text: "What it saw is forgotten.", submit: () => api.delete(path([...where, "shadow"])),
        }).then((done) => {
            if (done) {
                toast("The shadow is over.");
                again();
            }
        }))));
}

function kinds(found) {
    const some = Object.entries(found.kinds).filter(([, value]) => value > 0);
    return some.length > 0 && h("p", { class: "chips" }, some.map(([kind, value]) => badge(`${KINDS[kind][0]}: ${number(value)}`, KINDS[kind][1])));
}

function flips(list) {
    return list.length > 0 && table("Decisions that would change", [
        { label: "Change", cell: (flip) => badge(...KINDS[flip.kind]) },
        { label: "When", cell: (flip) => when(flip.at) },
        { label: "Permission", cell: (flip) => code(flip.permission) },
        { label: "Before", cell: (flip) => said(flip.before) },
        { label: "Then", cell: (flip) => said(flip.after) },
        { label: "Decision", cell: (flip) => link(to("decisions", flip.id), flip.id.slice(0, 8)) },
    ], list);
}

function said(outcome) {
    if (!outcome) {
        return h("span", { class: "muted" }, "not asked");
    }
    const reasons = outcome.failure ? [outcome.failure] : outcome.reasons;
    return [outcome.effect ?? "fails", reasons.map((reason) => [" ", h("code", { title: reason.message }, reason.code)])];
}
