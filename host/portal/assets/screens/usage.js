// How much a tenant uses: its decisions over time, why calls were refused, and what is taken of its limits.

import { api, path } from "../api.js";
import { bars } from "../bars.js";
import { h, replace } from "../dom.js";
import { count, date, day, number, time } from "../format.js";
import { session, tenantName } from "../session.js";
import { attempt, badge, code, empty, head, section, table } from "../ui.js";
import { meters } from "./usage_limits.js";

const WHERE = ["v1", "usage"];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// How far back, in bars of which time; the API says where the last one ends.
const SPANS = [
    { title: "Last hour", step: "minute", unit: "minute", name: time, slots: (end) => even(end, 60, MINUTE) },
    { title: "Last day", step: "hour", unit: "hour", name: time, slots: (end) => even(end, 24, HOUR) },
    { title: "Last 30 days", step: "hour", unit: "day", name: day, back: 31 * DAY, slots: (end) => days(end, 30) },
];

export async function usage({ signal, main }) {
    const shown = h("div", { class: "list-of" });
    const choose = (span) => attempt(async () => {
        const from = span.back && new Date(Date.now() - span.back).toISOString();
        const told = await api.get(path(WHERE, { step: span.step, from }), { signal });
        buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(SPANS[at] === span)));
        replace(shown, drawn(span, told));
    }, main);
    const buttons = SPANS.map((span) => h("button", { type: "button", "aria-pressed": "false", onClick: () => choose(span) }, span.title));
    await choose(SPANS[0]);
    return [
        head("Usage", `How often it was asked whether a call of ${tenantName(session.tenant)} may pass, and what is left of its limits.`,
            h("div", { class: "spans", role: "group", "aria-label": "How far back" }, buttons)),
        shown,
    ];
}

function drawn(span, told) {
    const slots = span.slots(Date.parse(told.to)).map((slot) => ({ ...slot, name: span.name(slot.from), allow: 0, deny: 0, codes: {} }));
    for (const bucket of told.buckets) {
        const at = Date.parse(bucket.at);
        const slot = slots.find(({ from, to }) => from <= at && at < to);
        if (slot) {
            add(slot, bucket);
        }
    }
    const total = slots.reduce(add, { allow: 0, deny: 0, codes: {} });
    const codes = Object.entries(total.codes).sort(([, one], [, other]) => other - one);
    return [
        section("Decisions", null,
            total.allow + total.deny === 0 ? empty("Nothing was decided", "As soon as a gateway asks whether a call may pass, it is counted here.") : [
                bars(slots, describe(span, slots, total)),
                h("details", null, h("summary", null, "The same as a table"), listed(span, slots)),
            ]),
        codes.length > 0 && section("Refused", "By the true code, which callers may not have been told.", table("Refusals by code", [
            { label: "Code", cell: ([name]) => badge(name, "bad") },
            { label: "Calls", kind: "number", cell: ([, refused]) => number(refused) },
            { label: "Of all calls", kind: "number", cell: ([, refused]) => percent(refused, total) },
        ], codes)),
        told.limits && section("Limits", "What this tenant may use at most, and uses now.", meters(told.limits)),
    ];
}

// Adds what was decided in `more` to `sum`.
function add(sum, more) {
    sum.allow += more.allow;
    sum.deny += more.deny;
    for (const [name, refused] of Object.entries(more.codes)) {
        sum.codes[name] = (sum.codes[name] ?? 0) + refused;
    }
    return sum;
}

function describe({ unit }, slots, { allow, deny }) {
    const most = slots.reduce((one, other) => (other.allow + other.deny > one.allow + one.deny ? other : one));
    return {
        allow: `${number(allow)} let pass`,
        deny: `${number(deny)} refused`,
        text: `${count(allow + deny, "decision")} in ${slots.length} ${unit}s: ${number(allow)} let pass, ${number(deny)} refused. `
            + `The most in one ${unit}: ${number(most.allow + most.deny)}, ${most.name}.`,
    };
}

function listed({ unit }, slots) {
    return table(`Decisions by ${unit}`, [
        { label: "From", cell: (slot) => date(new Date(slot.from).toISOString()) },
        { label: "Let pass", kind: "number", cell: (slot) => number(slot.allow) },
        { label: "Refused", kind: "number", cell: (slot) => number(slot.deny) },
        { label: "Why", cell: (slot) => Object.entries(slot.codes).map(([name, refused]) => [code(name), ` ${number(refused)} `]) },
    ], slots.filter(({ allow, deny }) => allow + deny > 0).reverse());
}

function percent(part, { allow, deny }) {
    const share = 100 * part / (allow + deny);
    return share < 0.1 ? "< 0.1 %" : `${number(Number(share.toFixed(1)))} %`;
}

// The last `many` slots of one length that end at `end`.
function even(end, many, length) {
    return Array.from({ length: many }, (_, at) => ({ from: end - (many - at) * length, to: end - (many - at - 1) * length }));
}

// The last `many` days, as they are where the person is.
function days(end, many) {
    const last = new Date(end - 1);
    const begin = (back) => new Date(last.getFullYear(), last.getMonth(), last.getDate() - back).getTime();
    return Array.from({ length: many }, (_, at) => ({ from: begin(many - at - 1), to: begin(many - at - 2) }));
}
