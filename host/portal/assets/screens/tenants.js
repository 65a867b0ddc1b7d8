// Tenants, for the cluster's people: making them, what each may use, its routes, suspending and ending it.

import { all, api, path } from "../api.js";
import { ask, confirm } from "../dialog.js";
import { h } from "../dom.js";
import { bytes, count, number } from "../format.js";
import { address, go, to } from "../router.js";
import { CLUSTER, may, session } from "../session.js";
import { badge, button, code, crumb, empty, facts, head, link, section, table, toast } from "../ui.js";

const WHERE = ["v1", "tenants"];

export async function tenants() {
    const found = (await all(WHERE, {}, "tenants")).filter((one) => one.id !== CLUSTER);
    const make = may("Wardgate.Tenants.canManage") && button("Make a tenant", create, "primary");
    const title = head("Tenants", "Each has keys, people, policies and a log of its own. None sees anything of another.", make);
    if (found.length === 0) {
        return [title, empty("No tenants yet", "Make the first one, then go to its overview for keys and people.", make)];
    }
    return [title, table("Tenants", [
        { label: "Name", cell: (one) => link(to("tenants", one.id), one.name) },
        { label: "Id", cell: (one) => code(one.id) },
        { label: "State", cell: state },
        { label: "Keys at most", kind: "number", cell: (one) => number(one.limits.keys) },
        { label: "Calls at most", cell: (one) => rate(one.limits.calls) },
        { label: "Its things", cell: (one) => link(address(one.id, "overview"), "Open") },
    ], found)];
}

export async function tenant({ rest: [id], again }) {
    const where = path([...WHERE, id]);
    const one = await api.get(where, { ofCluster: true });
    const manage = may("Wardgate.Tenants.canManage");
    const active = one.state === "active";
    const patch = (body) => api.patch(where, body, { ofCluster: true });
    return [
        crumb(to("tenants"), "All tenants"),
        head(one.name, null,
            link(address(one.id, "overview"), "Open its things", "button"),
            manage && button("Change", () => edit(one, patch, again)),
            manage && button(active ? "Suspend" : "Put into service", () => (active
                ? confirm({
                    title: `Suspend ${one.name}?`, action: "Suspend", typed: one.name,
                    text: "All of its calls and sign-ins are refused from now on. Nothing is lost.",
                    submit: () => patch({ state: "suspended" }),
                })
                : confirm({
                    title: `Put ${one.name} into service?`, action: "Put into service", danger: false, submit: () => patch({ state: "active" }),
                })).then((done) => done && again()))),
        section("What it is", null, facts(
            ["Id", code(one.id)], ["State", state(one)], ["Backend", one.backend ? code(one.backend) : "none"],
        )),
        section("Limits", "What it may use at most.", limits(one.limits)),
        section("Routes", "Which permission a call needs, by its method and path; the first that matches counts.",
            one.routes.length === 0
                ? h("p", { class: "muted" }, "None of its own: the cluster's routes count, or each ask names its permission.")
                : table("Routes", [
                    { label: "Method", cell: (route) => code(route.method) },
                    { label: "Path", cell: (route) => code(route.path) },
                    { label: "Needs", cell: (route) => code(route.permission) },
                ], one.routes),
            manage && h("div", { class: "actions" }, button("Change routes", () => routes(one, patch, again)))),
        manage && one.id !== CLUSTER && section("End it", "Its keys, people, tokens, policies and decisions go with it. Mostly, to suspend it is what is meant.",
            button("Delete this tenant", () => confirm({
                title: `Delete ${one.name}?`, action: "Delete", typed: one.name, text: "Everything of it is gone before you see the answer. This cannot be undone.",
                submit: () => api.delete(where, { ofCluster: true }),
            }).then((done) => {
                if (done) {
                    session.names.delete(one.id);
                    location.hash = address(CLUSTER, "tenants");
                }
            }), "danger")),
    ];
}

export function limits(known) {
    return facts(
        ["Calls", rate(known.calls)], ["Keys", number(known.keys)],
        ["One policy's answer", `${count(known.policy_ms, "millisecond")}, ${known.policy_memory_mib} MiB`],
        ["Slow policies at a time", number(known.policy_concurrency)],
        ["An uploaded module", bytes(known.policy_module_mib * 1024 * 1024)],
        ["Versions of a policy", number(known.policy_versions)],
        ["Compiling in a day", count(known.policy_compile_s, "second")],
        ["Calls that a shadow sees", `${known.policy_shadow_percent} %`],
    );
}

function rate(calls) {
    return calls ? `${number(calls.limit)} in ${count(calls.window_seconds, "second")}` : "no limit";
}

function state(one) {
    return one.state === "active" ? badge("in service", "good") : badge("suspended", "bad");
}

async function create() {
    const made = await ask({
        title: "Make a tenant", action: "Make it",
        fields: [
            { name: "name", label: "Name", required: true, hint: "For people, such as the company's name." },
            { name: "id", label: "Id", value: crypto.randomUUID(), required: true, hint: "Callers know it by this. It stays for good; the one made up here is fine." },
        ],
        submit: ({ id, name }) => api.put(path([...WHERE, id.trim()]), { name }, { ofCluster: true }),
    });
    if (made) {
        session.names.set(made.id, made.name);
        toast(`${made.name} is there.`);
        go("tenants", made.id);
    }
}

async function edit(one, patch, again) {
    const calls = one.limits.calls;
    const changed = await ask({
        title: `Change ${one.name}`, action: "Save",
        fields: [
            { name: "name", label: "Name", value: one.name, required: true },
            { name: "backend", label: "Backend", value: one.backend ?? "", hint: "The server that keeps threads, stores and the like. Empty for none." },
            { name: "limit", label: "Calls of all keys together, at most", type: "number", min: 1, value: calls?.limit ?? "", at: "/limits/calls/limit", hint: "Empty for no limit." },
            { name: "window", label: "in so many seconds", type: "number", min: 1, value: calls?.window_seconds ?? 60, at: "/limits/calls/window_seconds" },
            { name: "keys", label: "Keys at most", type: "number", min: 0, value: one.limits.keys, at: "/limits/keys" },
            { name: "policy_ms", label: "Milliseconds for one policy's answer", type: "number", min: 1, value: one.limits.policy_ms, at: "/limits/policy_ms" },
            { name: "policy_memory_mib", label: "MiB of memory for it", type: "number", min: 1, value: one.limits.policy_memory_mib, at: "/limits/policy_memory_mib" },
        ],
        submit: ({ name, backend, limit, window, ...rest }) => patch({
            name, backend: backend.trim() || null,
            limits: { ...rest, calls: limit === null ? null : { limit, window_seconds: window } },
        }),
    });
    if (changed) {
        session.names.set(one.id, changed.name);
        toast("Saved. It counts from the next call on.");
        again();
    }
}

async function routes(one, patch, again) {
    const text = one.routes.map((route) => `${route.method} ${route.path} ${route.permission}`);
    const changed = await ask({
        title: `Routes of ${one.name}`, action: "Save",
        text: "One a line: a method (or *), a path, and the permission that it needs. {name} in a path is one segment, {*rest} the rest.",
        fields: [{ name: "routes", label: "Routes", type: "lines", rows: 10, value: text, placeholder: "POST /help/chat nexus:consumer:chat" }],
        submit: ({ routes: lines }) => patch({ routes: lines.map((line) => {
            const [method, where, permission = ""] = line.split(/\s+/);
            return { method, path: where ?? "", permission };
        }) }),
    });
    if (changed) {
        toast("Saved. They count from the next call on.");
        again();
    }
}
