// One policy: its versions, which is in force, which is tried on the side, and what another one would change.

import { api, path } from "../api.js";
import { ask, confirm, open } from "../dialog.js";
import { h } from "../dom.js";
import { bytes } from "../format.js";
import { go, to } from "../router.js";
import { CLUSTER, may, session } from "../session.js";
import { attempt, badge, button, code, crumb, doing, facts, few, head, message, section, table, toast, when } from "../ui.js";
import { short } from "./policies.js";
import { draft } from "./policy_draft.js";
import { difference, replay, shadow, trial } from "./policy_tries.js";

export async function policy({ rest: [name], again, signal }) {
    const where = ["v1", "tenants", session.tenant, "policies", name];
    const known = await api.get(path([...where, "versions"]));
    const manage = may("Wardgate.Policies.canManage");
    const context = { where, name, known, manage, again, signal };
    const versions = known.versions.toReversed();
    const active = known.versions.find((one) => one.version === known.active);
    return [
        crumb(to("policies"), session.tenant === CLUSTER ? "All guards" : "All policies"),
        head(name, active ? null : "Nothing of it is in force: no call is decided by it yet.",
            manage && button("New version", () => edit(context, active ?? versions[0]), "primary"),
            manage && known.previous && button(`Roll back to ${known.previous}`, () => back(context))),
        known.underway?.length > 0 && message("note", h("p", null, "Code is on its way: ",
            known.underway.map((one) => `${one.state} for ${one.seconds} s`).join(", "), ".")),
        active && section("In force", null, facts(
            ["Version", String(active.version)], ["Module", code(short(active.module))],
            ["Answers for", few(active.permissions, 20)], ["Settings", settings(active.settings)],
        )),
        section("Versions", "A version never changes. Try one before you put it into force.",
            table("Versions", columns(context), versions)),
        known.shadow && await shadow(context),
        manage && section("Take it out of use", "All of its versions go, too.", button("Delete this policy", () => confirm({
            title: `Delete ${name}?`, action: "Delete", typed: name, text: "Calls are no longer asked about by it, from the next one on.",
            submit: () => api.delete(path(where)),
        }).then((done) => done && go("policies")), "danger")),
    ];
}

function columns(context) {
    const { known, manage } = context;
    return [
        { label: "Version", cell: (one) => h("strong", null, one.version) },
        { label: "State", cell: (one) => state(one, known) },
        { label: "Module", cell: (one) => code(short(one.module)) },
        { label: "Size", kind: "number", cell: (one) => bytes(one.size) },
        { label: "Made", cell: (one) => [when(one.created), ` by ${one.by}`] },
        doing((one) => [
            manage && one.version !== known.active && button("Put into force", () => promote(context, one)),
            button("Try", () => choose(context, one)),
        ]),
    ];
}

function state(one, known) {
    return [
        one.version === known.active && badge("in force", "good"),
        one.version === known.previous && badge("before", "dull"),
        one.version === known.shadow?.version && badge(`shadow, ${known.shadow.percent} %`, "warn"),
    ].filter(Boolean);
}

export function settings(value) {
    const { policies, ...rest } = value ?? {};
    const cedar = typeof policies === "string";
    const shown = cedar ? rest : value ?? {};
    return [
        cedar && h("pre", { tabindex: "0" }, policies),
        (!cedar || Object.keys(rest).length > 0) && h("pre", { tabindex: "0" }, JSON.stringify(shown, null, 2)),
    ];
}

async function edit({ name, again }, version) {
    const made = await open(`A new version of ${name}`, (close) => draft({ close, policy: name, version }), { wide: true });
    if (made) {
        toast(`Version ${made.version} is kept. It is not in force.`);
        again();
    }
}

async function promote({ where, name, known, again }, one) {
    const replays = may("Wardgate.Decisions.canRead") && known.active;
    const done = await ask({
        title: `Put version ${one.version} of ${name} into force?`, action: "Put into force", danger: true,
        text: "The next call is decided by it. No call is refused for the change itself, and you can roll back.",
        fields: [replays && { name: "replay", label: "First replay the latest decisions, and refuse if any would change", type: "check", value: true }],
        submit: async ({ replay: careful }) => {
            await api.post(path([...where, "versions", String(one.version), "activate"]), careful ? { replay: 10000 } : {});
            return true;
        },
    });
    if (done) {
        toast(`Version ${one.version} is in force.`);
        again();
    }
}

async function back({ where, name, known, again }) {
    const done = await confirm({
        title: `Roll ${name} back to version ${known.previous}?`, action: "Roll back", text: "The next call is decided by it.",
        submit: () => api.post(path([...where, "rollback"])),
    });
    if (done) {
        toast(`Version ${known.previous} is in force again.`);
        again();
    }
}

// What can be found out about a version, and done with it.
async function choose(context, one) {
    const { known, manage, where, again } = context;
    const other = one.version !== known.active;
    const chosen = await open(`Version ${one.version}`, (close) => h("div", { class: "choices" },
        other && known.active && button("What it differs in", () => close(() => difference(context, one))),
        manage && button("Run cases", () => close(() => trial(context, one))),
        may("Wardgate.Decisions.canRead") && button("Replay the latest decisions", () => close(() => replay(context, one))),
        manage && other && known.active && button("Try it as a shadow", () => close(() => beside(context, one))),
        manage && other && one.version !== known.shadow?.version && button("Delete this version", () => close(() => remove(context, one)), "danger"),
        button("Close", () => close(undefined))));
    if (chosen) {
        await attempt(chosen);
    }
    if (chosen && !document.querySelector("dialog")) {
        again();
    }
}

function remove({ where }, one) {
    return confirm({
        title: `Delete version ${one.version}?`, action: "Delete", text: "Its code and settings are gone.",
        submit: () => api.delete(path([...where, "versions", String(one.version)])),
    });
}

async function beside({ where }, one) {
    const done = await ask({
        title: `Version ${one.version} as a shadow`, action: "Begin",
        text: "It is asked beside the version in force, and never answers. You see which calls it would change.",
        fields: [{ name: "percent", label: "Calls in a hundred", type: "number", min: 1, max: 100, value: 10, required: true }],
        submit: ({ percent }) => api.put(path([...where, "shadow"]), { version: one.version, percent }),
    });
    if (done !== undefined) {
        toast("The shadow sees calls from now on.");
    }
}
