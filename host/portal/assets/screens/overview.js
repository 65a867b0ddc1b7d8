// Where somebody begins: what there is, what to do first, and what could do with a look.

import { all, api, path } from "../api.js";
import { h } from "../dom.js";
import { number } from "../format.js";
import { address, to } from "../router.js";
import { CLUSTER, isOfCluster, may, session, tenantName } from "../session.js";
import { head, link, section } from "../ui.js";
import { hints } from "./key_hints.js";
import { steps } from "./first_steps.js";
import { limits } from "./tenants.js";

export async function overview() {
    const [keys, users, policies, tenants, tenant] = await Promise.all([
        may("Nexus.ApiKeys.canView") ? listed(["v1", "keys"], "keys") : undefined,
        may("Wardgate.Users.canRead") ? listed(["v1", "users"], "users") : undefined,
        may("Wardgate.Policies.canRead") ? api.try(path(["v1", "tenants", session.tenant, "policies"])) : undefined,
        isOfCluster() ? listed(["v1", "tenants"], "tenants") : undefined,
        may("Wardgate.Tenants.canRead") ? api.try(path(["v1", "tenants", session.tenant])) : undefined,
    ]);
    const known = { keys, users, policies: policies?.policies, tenants };
    const cluster = session.tenant === CLUSTER;
    return [
        head(cluster ? "The cluster" : tenantName(session.tenant),
            cluster ? "All tenants of this server, and what holds for each of them." : "May this call pass? What says so, for this tenant."),
        steps(known),
        h("div", { class: "tiles" },
            cluster && tenants && tile("Tenants", tenants.length, to("tenants")),
            keys && tile("Keys", keys.length, to("keys"), looked(keys)),
            users && tile("People", users.length, to("users")),
            known.policies && tile(cluster ? "Guards" : "Policies", known.policies.length, to("policies"))),
        !cluster && tenant && section("Limits", "What this tenant may use at most.", limits(tenant.limits)),
        cluster && tenants?.length > 0 && section("Tenants", "What is shown in the other screens belongs to one of them.",
            h("ul", { class: "list" }, tenants.map((tenant) =>
                h("li", null, link(address(tenant.id, "overview"), tenant.name), tenant.state !== "active" && " (suspended)")))),
    ];
}

async function listed(where, member) {
    return all(where, {}, member, 1000).catch(() => undefined);
}

function looked(keys) {
    const noticed = keys.filter((key) => hints(key).length > 0).length;
    return noticed > 0 ? `${number(noticed)} could do with a look` : null;
}

function tile(name, value, where, note) {
    return h("a", { class: "tile", href: where }, h("strong", null, number(value)), h("span", null, name),
        note && h("small", null, note));
}
