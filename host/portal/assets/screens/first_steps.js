// What to do first: from nothing to a call that is let pass. Each step says whether it is done, and leads there.

import { h } from "../dom.js";
import { address, to } from "../router.js";
import { CLUSTER, may, session } from "../session.js";
import { link } from "../ui.js";

// The steps that are left, as long as any is; `known` is what the overview found.
export function steps({ keys, policies, tenants }) {
    const list = session.tenant === CLUSTER ? ofCluster(tenants) : ofTenant(keys, policies);
    const open = list.filter((step) => !step.done);
    if (open.length === 0) {
        return null;
    }
    const next = open.find((step) => !step.optional);
    if (!next) {
        return null;
    }
    return h("section", { class: "card steps" }, h("h2", null, "First steps"), h("ol", null, list.map((step) =>
        h("li", { class: step.done ? "done" : step === next ? "next" : null },
            h("span", { class: "hidden" }, step.done ? "Done: " : step === next ? "Next: " : "Later: "),
            link(step.where, step.title), h("p", { class: "about" }, step.text)))));
}

function ofCluster(tenants) {
    const first = tenants?.find((tenant) => tenant.id !== CLUSTER);
    return [
        { title: "Make a tenant", where: to("tenants"), done: tenants === undefined || Boolean(first),
            text: "A tenant is a company or a product with keys, people and policies of its own." },
        { title: "Go to its overview", where: address(first?.id ?? CLUSTER, "overview"), done: false, optional: true,
            text: "The rest is done there." },
    ];
}

function ofTenant(keys, policies) {
    return [
        may("Nexus.ApiKeys.canCreate") && { title: "Create a key", where: to("keys"), done: keys === undefined || keys.length > 0,
            text: "It lets the first service call." },
        may("Wardgate.Decisions.canRead") && { title: "Try a call with it", where: to("explain"),
            done: keys === undefined || keys.some((key) => key.last_used), text: "See, step by step, whether it would pass and why." },
        may("Wardgate.Policies.canManage") && { title: "Add a policy", where: to("policies"), optional: true,
            done: policies === undefined || policies.length > 0, text: "Rules of your own, which every call has to pass." },
    ].filter(Boolean);
}
