// All screens: what each is called, who may see it, and what shows it.

import { CLUSTER, isOfCluster, may, session } from "./session.js";
import { appSpace, appSpaces } from "./screens/app_spaces.js";
import { audit } from "./screens/audit.js";
import { client, clients } from "./screens/clients.js";
import { communication } from "./screens/communication.js";
import { decision, decisions } from "./screens/decisions.js";
import { explain } from "./screens/explain.js";
import { key, keys } from "./screens/keys.js";
import { origin } from "./screens/origin.js";
import { overview } from "./screens/overview.js";
import { password } from "./screens/password.js";
import { policies } from "./screens/policies.js";
import { policy } from "./screens/policy.js";
import { settings } from "./screens/settings.js";
import { tenant, tenants } from "./screens/tenants.js";
import { usage } from "./screens/usage.js";
import { users } from "./screens/users.js";

const anybody = () => true;
const ofCluster = (right) => () => isOfCluster() && may(right);

// A list and one thing of it are one screen, told apart by what follows in the address.
const either = (list, one) => (context) => (context.rest.length > 0 ? one(context) : list(context));

export const GROUPS = [
    ["", [
        { id: "overview", title: "Overview", may: anybody, show: overview },
    ]],
    ["Who may call", [
        { id: "keys", title: "Keys", may: () => may("Nexus.ApiKeys.canView"), show: either(keys, key) },
        { id: "app-spaces", title: "App Spaces", may: () => may("Wardgate.AppSpaces.canRead"), show: either(appSpaces, appSpace) },
        { id: "users", title: "People", may: () => may("Wardgate.Users.canRead"), show: users },
        { id: "clients", title: "OAuth clients", may: ofCluster("Wardgate.Clients.canRead"), show: either(clients, client) },
    ]],
    ["What is decided", [
        { id: "policies", title: "Policies", may: () => may("Wardgate.Policies.canRead"), show: either(policies, policy) },
        { id: "decisions", title: "Decisions", may: () => may("Wardgate.Decisions.canRead"), show: either(decisions, decision) },
        { id: "usage", title: "Usage", may: () => may("Wardgate.Decisions.canRead"), show: usage },
        { id: "explain", title: "Try a call", may: () => may("Wardgate.Decisions.canRead"), show: explain },
    ]],
    ["The tenant", [
        { id: "audit", title: "Audit", may: () => may("Wardgate.Audit.canRead"), show: audit },
        { id: "settings", title: "Settings", may: () => may("Wardgate.Tenants.canRead") && !isClusterShown(), show: settings },
    ]],
    ["The cluster", [
        { id: "communication", title: "Communication Server", may: ofCluster("Wardgate.Tenants.canManage"), show: communication },
        { id: "tenants", title: "Tenants", may: ofCluster("Wardgate.Tenants.canRead"), show: either(tenants, tenant) },
    ]],
];

// Screens that no menu shows.
const OTHERS = [
    { id: "origins", title: "Request Origin", under: "app-spaces", may: () => may("Wardgate.Origins.canRead"), show: origin },
    { id: "password", title: "Change password", may: anybody, show: password },
];

// The screen of this name, if whoever is signed in may see it.
export function screenOf(id) {
    return [...GROUPS.flatMap(([, screens]) => screens), ...OTHERS].find((screen) => screen.id === id && screen.may());
}

export function isClusterShown() {
    return session.tenant === CLUSTER;
}
