// API keys: making them, what each may do, when each was used last, and taking them away.

import { all, api, path } from "../api.js";
import { ask, confirm, showSecrets } from "../dialog.js";
import { h } from "../dom.js";
import { count, date, endOfDay } from "../format.js";
import { go, to } from "../router.js";
import { may, session, tenantName } from "../session.js";
import { attempt, badge, button, code, crumb, empty, facts, few, head, link, section, table, toast, when } from "../ui.js";
import { hints } from "./key_hints.js";

const WHERE = ["v1", "keys"];

export async function keys({ again }) {
    const found = await all(WHERE, {}, "keys");
    found.reverse();
    const make = may("Nexus.ApiKeys.canCreate") && button("Create a key", () => create(again), "primary");
    const title = head("Keys", `What services call with. They act for ${tenantName(session.tenant)}.`, make);
    if (found.length === 0) {
        return [title, empty("No keys yet", "A key lets one service or page in, with the permissions that you give it. "
            + "Create the first one, then send it as the header x-api-key.", make)];
    }
    const noticed = found.filter((key) => hints(key).length > 0);
    return [
        title,
        noticed.length > 0 && h("p", { class: "message note" },
            `${count(noticed.length, "key")} below could do with a look: unused, or with more permissions than most need.`),
        table("Keys", [
            { label: "Name", cell: (key) => [link(to("keys", key.id), key.name || "without a name"), ...hintBadges(key)] },
            { label: "Key", cell: shape },
            { label: "State", cell: state },
            { label: "Permissions", cell: (key) => few(key.permissions, 2) },
            { label: "Last used", cell: (key) => when(key.last_used) },
            { label: "Expires", cell: (key) => when(key.expires) },
        ], found),
    ];
}

export async function key({ rest: [id], again }) {
    const one = await api.get(path([...WHERE, id]));
    const change = may("Nexus.ApiKeys.canUpdate") && !one.revoked;
    const update = async (patch, said) => attempt(async () => {
        await api.patch(path([...WHERE, one.id]), patch);
        toast(said);
        again();
    });
    return [
        crumb(to("keys"), "All keys"),
        head(one.name || "Key without a name", null,
            change && button("Change", () => edit(one, again)),
            change && button(one.enabled ? "Disable" : "Enable", () => (one.enabled
                ? confirm({
                    title: `Disable ${one.name}?`, text: "Calls with it are refused from now on, until it is enabled again.",
                    action: "Disable", submit: () => api.patch(path([...WHERE, one.id]), { enabled: false }),
                }).then((done) => done && again())
                : update({ enabled: true }, "The key is enabled.")))),
        hints(one).map((hint) => h("p", { class: "message note" }, hint.text)),
        section("What it is", null, facts(
            ["Key", shape(one)], ["Handle", code(one.id)], ["State", state(one)],
            ["Created", [when(one.created), ` by ${one.created_by}`]], ["Last used", when(one.last_used)],
            ["Expires", one.expires ? [when(one.expires), ` (${date(one.expires)})`] : "never"],
            one.revoked && ["Revoked", when(one.revoked)],
            one.replaced_by && ["Replaced by", link(to("keys", one.replaced_by), "the key that took its place")],
        )),
        section("What it may do", null, facts(
            ["Permissions", few(one.permissions, 50)],
            ["Limit", `${count(one.rate.limit, "call")} in ${count(one.rate.window_seconds, "second")}`],
            ["Web origins", few(one.origins, 50, "any, or none at all")],
            ["Addresses", few(one.addresses, 50, "any")],
        )),
        change && section("Rotate", "A new key takes its place; this one works on for a while, so that nothing stops.",
            h("div", { class: "actions" }, button("Rotate", () => rotate(one)))),
        change && section("Revoke or delete", "Both end it at once. A revoked key stays in the list, a deleted one does not.",
            h("div", { class: "actions" },
                button("Revoke", () => confirm({
                    title: `Revoke ${one.name}?`, action: "Revoke", text: "It stops working before you see the answer, for good.",
                    submit: () => api.patch(path([...WHERE, one.id]), { revoked: true }),
                }).then((done) => done && again()), "danger"),
                removal(one))),
        !change && one.revoked && removal(one),
    ];
}

function removal(one) {
    return may("Nexus.ApiKeys.canDelete") && button("Delete", () => confirm({
        title: `Delete ${one.name}?`, action: "Delete", text: "It stops working and is no longer in the list. What it decided stays in the log.",
        submit: () => api.delete(path([...WHERE, one.id])),
    }).then((done) => done && go("keys")), "danger");
}

function fields(one = {}) {
    return [
        { name: "name", label: "Name", value: one.name, required: true, hint: "Which service or page is it for?" },
        { name: "permissions", label: "Permissions, one a line", type: "lines", value: one.permissions ?? [], required: true,
            placeholder: "nexus:consumer:chat", hint: "What it may do. The last segment may be *, for all below." },
        { name: "limit", label: "Calls at most", type: "number", min: 1, value: one.rate?.limit ?? 120, at: "/rate/limit" },
        { name: "window", label: "in so many seconds", type: "number", min: 1, value: one.rate?.window_seconds ?? 60, at: "/rate/window_seconds" },
        { name: "expires", label: "Works until the end of", type: "date", value: one.expires?.slice(0, 10), hint: "Empty for no end." },
        { name: "origins", label: "Web origins, one a line", type: "lines", value: one.origins ?? [], rows: 2,
            placeholder: "https://shop.example.com", hint: "Only for keys that stand in a web page. Empty for any." },
        { name: "addresses", label: "Networks, one a line", type: "lines", value: one.addresses ?? [], rows: 2,
            placeholder: "192.0.2.0/24", hint: "Only calls from there. Empty for any." },
    ];
}

function given({ limit, window, expires, ...rest }) {
    return { ...rest, expires: endOfDay(expires), rate: { limit, window_seconds: window } };
}

async function create(again) {
    const made = await ask({
        title: "Create a key", fields: fields(), action: "Create",
        submit: (values) => api.post(path(WHERE), given(values)),
    });
    if (made) {
        await showSecrets("The key", `This is ${made.name}. Send it as the header x-api-key.`, ["Key", made.key]);
        again();
    }
}

async function edit(one, again) {
    const changed = await ask({
        title: `Change ${one.name}`, fields: fields(one), action: "Save",
        submit: (values) => api.patch(path([...WHERE, one.id]), given(values)),
    });
    if (changed) {
        toast("Saved. It counts from the next call on.");
        again();
    }
}

async function rotate(one) {
    const made = await ask({
        title: `Rotate ${one.name}`, action: "Rotate",
        text: "You get a new key with the same name, permissions and limits.",
        fields: [{ name: "overlap", label: "How long the present one works on", type: "select", value: "86400", options: [
            ["0", "not at all"], ["3600", "an hour"], ["86400", "a day"], ["604800", "a week"], ["2592000", "30 days"],
        ] }],
        submit: ({ overlap }) => api.post(path([...WHERE, one.id, "rotate"]), { overlap: Number(overlap) }),
    });
    if (made) {
        await showSecrets("The new key", `It takes the place of ${one.name}.`, ["Key", made.key]);
        go("keys", made.id);
    }
}

function shape(one) {
    return code(`${one.prefix ?? ""}…${one.last4}`);
}

function state(one) {
    if (one.revoked) {
        return badge("revoked", "bad");
    }
    if (one.expires && new Date(one.expires) <= new Date()) {
        return badge("expired", "bad");
    }
    return one.enabled ? badge("works", "good") : badge("disabled", "dull");
}

function hintBadges(one) {
    return hints(one).map((hint) => [" ", h("span", { class: "badge warn", title: hint.text }, hint.word)]);
}
