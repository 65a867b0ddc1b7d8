// A tenant's policies, or the cluster's guards, and making a new one: of a module that is shipped, or of one's own.

import { api, path } from "../api.js";
import { open } from "../dialog.js";
import { go, to } from "../router.js";
import { CLUSTER, may, session } from "../session.js";
import { button, code, empty, few, head, link, table } from "../ui.js";
import { draft } from "./policy_draft.js";

// What is shipped, with settings to begin from.
const SHIPPED = [
    ["cedar", "Cedar", "rules in the Cedar language", { policies: "permit (principal, action, resource);\n" }],
    ["consumer-chat", "Consumer chat", "web origins, hours and sizes of chat calls", { origins: ["https://shop.example.com"] }],
    ["designer-chat", "Designer chat", "applications and networks of those who design", { applications: ["designer", "preview"] }],
    ["acl", "Access list", "lines that allow or deny single functions", { default: "ALLOW READ" }],
    ["cluster-guard", "Cluster guard", "blocks networks and tenants, for the cluster", { blocked_addresses: ["192.0.2.0/24"] }],
];

export async function policies() {
    const { policies: bound } = await api.get(path(["v1", "tenants", session.tenant, "policies"]));
    const guards = session.tenant === CLUSTER;
    const make = may("Wardgate.Policies.canManage") && button(guards ? "Add a guard" : "Add a policy", create, "primary");
    const title = guards
        ? head("Guards", "Policies of the cluster: each call of every tenant passes them first.", make)
        : head("Policies", "Rules that a call has to pass after its permission was found. One that says no is enough.", make);
    if (bound.length === 0) {
        return [title, empty(guards ? "No guards yet" : "No policies yet",
            "Without any, the permissions of keys alone decide. A policy can look at origins, times, addresses and more.", make)];
    }
    return [title, table("Policies", [
        { label: "Name", cell: (one) => link(to("policies", one.name), one.name) },
        { label: "Module", cell: (one) => code(short(one.module)) },
        { label: "Answers for", cell: (one) => few(one.permissions, 3) },
        { label: "Settings", cell: (one) => few(Object.keys(one.settings ?? {}), 3) },
    ], bound)];
}

// Those that make sense here: one is for the cluster alone.
function shipped() {
    return SHIPPED.filter(([id]) => id !== "cluster-guard" || session.tenant === CLUSTER);
}

export function short(module) {
    return module.startsWith("sha256:") ? `${module.slice(0, 19)}…` : module;
}

async function create() {
    const made = await open("A new policy", (close) => draft({ close, shipped: shipped() }), { wide: true });
    if (made) {
        go("policies", made.name);
    }
}
