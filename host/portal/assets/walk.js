// The walk of one decision, drawn step by step: what each step asks, how it went, and where it ended.

import { h, svg } from "./dom.js";
import { microseconds } from "./format.js";
import { badge, code, facts, few } from "./ui.js";

const STEPS = {
    resolve: ["Resolve", "Which tenant and which permission does the call mean?"],
    verify: ["Verify", "Is the credential good?"],
    admit: ["Admit", "Is there room in its limits?"],
    permit: ["Permit", "Does a grant cover the permission?"],
    consult: ["Consult", "What do the policies say?"],
    conclude: ["Conclude", "The answer."],
};

const ORDER = Object.keys(STEPS);

// Steps as the server tells them; or from a decision's record, which says where it ended.
export function stepsOf(told) {
    if (told.steps) {
        return told.steps;
    }
    const last = ORDER.indexOf(told.step);
    const denied = told.decision === "deny";
    return ORDER.map((step, at) => {
        const stopped = denied && at === last;
        return { step, result: stopped ? "stopped" : at <= last ? "passed" : "not_reached", code: stopped ? told.code : null };
    });
}

export function walk(told) {
    const inside = {
        resolve: () => facts(
            ["Tenant", told.tenant && code(told.tenant)], ["Permission", told.permission && code(told.permission)],
            told.route && ["Route", code(`${told.route.method} ${told.route.path}`)],
            !told.route && told.path && ["Call", code(`${told.method ?? ""} ${told.path}`)],
        ),
        verify: () => facts(
            told.credential && ["Credential", [told.credential.kind, " ", code(told.credential.subject)]],
            !told.credential && told.subject && ["Subject", code(told.subject)],
            told.credential && ["Grants", few(told.credential.grants, 6)],
            told.client_address && ["From", code(told.client_address)],
        ),
        admit: () => told.rate && facts(["Room left", `${told.rate.remaining} of ${told.rate.limit} in ${told.rate.window_seconds} s`]),
        permit: () => told.grant && facts(["Covered by", code(told.grant)]),
        consult: () => (told.policies.length === 0
            ? h("p", { class: "muted" }, "No policy answers for this permission.")
            : h("ul", { class: "opinions" }, told.policies.map(opinion))),
        conclude: () => facts(["Answer", badge(told.decision === "allow" ? "allowed" : "denied", told.decision === "allow" ? "good" : "bad")], ["Status", String(told.status)]),
    };
    return h("ol", { class: "walk" }, stepsOf(told).map(({ step, result, code: why }) => {
        const [title, question] = STEPS[step];
        return h("li", { class: result },
            mark(result),
            h("div", null,
                h("h3", null, title, " ", h("span", { class: "hidden" }, words(result)), why && [" ", badge(why, "bad")]),
                h("p", { class: "about" }, question),
                result === "not_reached" ? h("p", { class: "muted" }, "Not reached.") : inside[step]()));
    }));
}

function words(result) {
    return { passed: "passed", stopped: "stopped here", not_reached: "not reached" }[result];
}

function mark(result) {
    const sign = { passed: "m7 12.5 3.5 3.5 6.5-7.5", stopped: "m8 8 8 8m0-8-8 8", not_reached: "M8 12h8" }[result];
    return svg("svg", { class: "mark", viewBox: "0 0 24 24", "aria-hidden": "true" },
        svg("circle", { cx: 12, cy: 12, r: 11 }), svg("path", { d: sign }));
}

function opinion(one) {
    const effect = one.failure ? "failed" : one.effect;
    const kind = { allow: "good", abstain: "dull", deny: "bad", failed: "bad" }[effect];
    const reasons = one.failure ? [one.failure] : one.reasons;
    return h("li", null,
        h("p", null, h("strong", null, one.policy), one.version && ` version ${one.version}`, one.guard && [" ", badge("guard", "dull")], " ", badge(effect, kind),
            h("span", { class: "muted" }, ` ${one.remembered || one.in_memo ? "from memory" : microseconds(one.cost_us)}`)),
        reasons.map((reason) => h("p", null, code(reason.code), " ", reason.message)),
        one.fell_back && h("p", { class: "muted" }, "The version in force failed too often, so the one before answered."),
        one.given && Object.keys(one.given).length > 0 && h("details", null, h("summary", null, "What it was told"),
            h("dl", { class: "facts" }, Object.entries(one.given).map(([name, value]) =>
                h("div", null, h("dt", null, code(name)), h("dd", null, JSON.stringify(value)))))),
        one.log?.length > 0 && h("details", null, h("summary", null, "What it logged"),
            h("pre", { tabindex: "0" }, one.log.map((line) => `${line.level}: ${line.message}`).join("\n"))));
}
