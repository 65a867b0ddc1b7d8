// OAuth clients: programs that fetch tokens, and where they may send people's browsers. They are the cluster's.

import { api, path } from "../api.js";
import { ask, confirm, showSecrets } from "../dialog.js";
import { count } from "../format.js";
import { go, to } from "../router.js";
import { may, tenantName } from "../session.js";
import { badge, button, code, crumb, empty, facts, few, head, link, section, table, toast, when } from "../ui.js";

const WHERE = ["auth", "v3", "ops", "clients"];
// They are the cluster's, whichever tenant is shown.
const OF_CLUSTER = { ofCluster: true };

const GRANTS = [
    ["authorization_code", "people sign in with their browser"],
    ["refresh_token", "tokens can be renewed"],
    ["client_credentials", "it fetches tokens for itself"],
    ["password", "it sends people's passwords (old programs only)"],
];

export async function clients({ again }) {
    const { data } = await api.get(path(WHERE), OF_CLUSTER);
    const make = may("Wardgate.Clients.canManage") && button("Register a client", () => create(again), "primary");
    const title = head("OAuth clients", "Programs that fetch tokens: for people who sign in, or for themselves.", make);
    if (data.length === 0) {
        return [title, empty("No clients yet", "A web application or a service that is to fetch tokens is registered here first.", make)];
    }
    return [title, table("OAuth clients", [
        { label: "Client", cell: (one) => link(to("clients", one.client_id), one.name || one.client_id) },
        { label: "Id", cell: (one) => code(one.client_id) },
        { label: "Kind", cell: (one) => (one.clientType === "PUBLIC" ? "public" : "confidential") },
        { label: "State", cell: (one) => (one.enabled ? badge("enabled", "good") : badge("disabled", "dull")) },
        { label: "How it gets tokens", cell: (one) => few(one.authorizedGrantTypes, 2) },
        { label: "Tenants", cell: (one) => (one.contactCenterIds ? few(one.contactCenterIds.map(tenantName), 2) : "all") },
    ], data)];
}

export async function client({ rest: [id], again }) {
    const { data: one } = await api.get(path([...WHERE, id]), OF_CLUSTER);
    const manage = may("Wardgate.Clients.canManage");
    return [
        crumb(to("clients"), "All clients"),
        head(one.name || one.client_id, one.description || null,
            manage && button("Change", () => edit(one, again)),
            manage && one.clientType !== "PUBLIC" && button("New secret", () => renew(one))),
        section("What it is", null, facts(
            ["Id", code(one.client_id)], ["Kind", one.clientType === "PUBLIC" ? "public: it keeps no secret" : "confidential: it has a secret"],
            ["State", one.enabled ? badge("enabled", "good") : badge("disabled", "dull")], ["Registered", when(one.created)],
            ["Tenants", one.contactCenterIds ? few(one.contactCenterIds.map(tenantName), 20) : "all"],
            one.internalClient && ["Internal", "may look into all access tokens of its tenants"],
        )),
        section("Tokens", null, facts(
            ["How it gets them", few(one.authorizedGrantTypes, 9)],
            ["Sends browsers back to", few(one.redirectURIs, 64, "nowhere")],
            ["Scope", few(one.scope, 64)], ["Its own calls", few(one.permissions, 64, "none")],
            ["Access token lives", count(one.accessTokenExpirationTimeout, "second")],
            ["Refresh token lives", `${count(one.refreshTokenExpirationTimeout, "second")} from its last use`],
        )),
        manage && section("Take it away", "Its tokens end before you see the answer.",
            button("Delete", () => confirm({
                title: `Delete ${one.name || one.client_id}?`, action: "Delete", typed: one.client_id,
                text: "All of its tokens end, and the people who use it are signed out of it.",
                submit: () => api.delete(path([...WHERE, one.client_id]), OF_CLUSTER),
            }).then((done) => done && go("clients")), "danger")),
    ];
}

function fields(one) {
    return [
        !one && { name: "client_id", label: "Id", required: true, hint: "1 to 64 letters, digits, _ and -." },
        { name: "name", label: "Name", value: one?.name, hint: "What people read when they sign in." },
        { name: "description", label: "Description", value: one?.description },
        { name: "clientType", label: "Kind", type: "choice", value: one?.clientType ?? "CONFIDENTIAL", options: [
            ["CONFIDENTIAL", "Confidential", "runs on a server and keeps a secret"],
            ["PUBLIC", "Public", "runs in people's hands and keeps none"],
        ] },
        { name: "authorizedGrantTypes", label: "How it gets tokens", type: "checks", options: GRANTS,
            value: one?.authorizedGrantTypes ?? ["authorization_code", "refresh_token"] },
        { name: "redirectURIs", label: "Addresses that browsers are sent back to, one a line", type: "lines",
            value: one?.redirectURIs ?? [], placeholder: "https://app.example.com/callback" },
        { name: "permissions", label: "What its own calls may do, one a line", type: "lines", value: one?.permissions ?? [], rows: 2 },
        { name: "contactCenterIds", label: "Only for these tenants, one id a line", type: "lines", value: one?.contactCenterIds ?? [], rows: 2,
            hint: "Empty for all." },
        { name: "enabled", label: "Enabled", type: "check", value: one?.enabled ?? true },
    ];
}

// An empty name is left to the server, which takes the id.
function given({ name, ...values }) {
    const tenants = values.contactCenterIds.length > 0 ? values.contactCenterIds : null;
    return { data: { ...values, name: name.trim() || undefined, contactCenterIds: tenants } };
}

async function create(again) {
    const made = await ask({
        title: "Register a client", action: "Register", fields: fields(),
        submit: (values) => api.post(path(WHERE), given(values), OF_CLUSTER),
    });
    if (!made) {
        return;
    }
    if (made.data.client_secret) {
        await showSecrets("The client", "Give these to the program.", ["Client id", made.data.client_id, false],
            ["Client secret", made.data.client_secret]);
    }
    again();
}

async function edit(one, again) {
    const changed = await ask({
        title: `Change ${one.name || one.client_id}`, action: "Save", fields: fields(one),
        submit: (values) => api.patch(path([...WHERE, one.client_id]), given(values), OF_CLUSTER),
    });
    if (changed?.data.client_secret) {
        await showSecrets("The client's secret", "It had none.", ["Client secret", changed.data.client_secret]);
    }
    if (changed) {
        toast("Saved.");
        again();
    }
}

async function renew(one) {
    const value = random();
    const done = await confirm({
        title: `A new secret for ${one.name || one.client_id}?`, action: "Make one",
        text: "The present one is worth nothing from then on: the program cannot fetch tokens until it has the new one.",
        submit: () => api.patch(path([...WHERE, one.client_id]), { data: { client_secret: value } }, OF_CLUSTER),
    });
    if (done) {
        await showSecrets("The new secret", "Give it to the program.", ["Client secret", value]);
    }
}

// 256 bits of the browser's own chance, in letters that all libraries send alike.
function random() {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
