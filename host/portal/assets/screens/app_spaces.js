// App Spaces: what belongs together of a tenant's applications, with one identity provider and its Request Origins.

import { api, path } from "../api.js";
import { signInAddress } from "../at_provider.js";
import { ask, confirm, secret } from "../dialog.js";
import { h } from "../dom.js";
import { go, to } from "../router.js";
import { may, session, tenantName } from "../session.js";
import { badge, button, code, crumb, doing, empty, facts, few, head, link, section, table, toast, when } from "../ui.js";
import { create as createOrigin } from "./origin.js";
import { given, ofProvider, providerFields } from "./provider.js";

const WHERE = ["v1", "app-spaces"];
const SAVED = "Saved. It counts from the next call on.";

export async function appSpaces() {
    const { app_spaces: found } = await api.get(path(WHERE));
    const make = may("Wardgate.AppSpaces.canManage") && button("Create New App Space", create, "primary");
    const title = head("App Spaces", `Applications of ${tenantName(session.tenant)} that share people and an identity provider.`, make);
    if (found.length === 0) {
        return [title, empty("No App Spaces yet", "An App Space says who its people are, and which services may call for it. "
            + "Create the first one, then add a Request Origin to it.", make)];
    }
    return [title, table("App Spaces", [
        { label: "Name", cell: (one) => link(to("app-spaces", one.id), one.name) },
        { label: "Identity provider", cell: (one) => provider(one) },
        { label: "Addresses", cell: (one) => few(one.base_urls, 2) },
        { label: "Created", cell: (one) => when(one.created) },
    ], found)];
}

export async function appSpace({ rest: [id], again }) {
    const where = path([...WHERE, id]);
    const [one, origins, users] = await Promise.all([
        api.get(where), api.try(path([...WHERE, id, "origins"])), api.try(path([...WHERE, id, "users"])),
    ]);
    const manage = may("Wardgate.AppSpaces.canManage");
    const openid = one.provider.type === "openid";
    return [
        crumb(to("app-spaces"), "All App Spaces"),
        head(one.name, null, manage && button("Change", () => edit(one, where, again))),
        section("What it is", null, facts(
            ["Id", code(one.id)], ["Created", when(one.created)],
            ["Public addresses", few(one.base_urls, 4, "none: its origins cannot sign calls yet")],
        )),
        section("Identity provider", openid ? "Its JSON Web Tokens let calls in, within the bounds below." : "People are bound by the API and kept here.",
            facts(["Type", provider(one)], ...(openid ? ofProvider(one.provider) : [])),
            one.provider.sign_in && signIn(one),
            manage && h("div", { class: "actions" }, button(openid ? "Change the provider" : "Use OpenID Connect", () => editProvider(one, where, again)))),
        origins && section("Request Origins", "Services that may call for this App Space, each with a credential of its own.",
            originsOf(one, origins.origins, again)),
        users && !openid && section("Bound people", "Who was bound to this App Space by one of its origins.",
            usersOf(one, users, again)),
        manage && section("Delete it", "Its Request Origins stop working before you see the answer.", button("Delete this App Space", () => confirm({
            title: `Delete ${one.name}?`, action: "Delete", typed: one.name, text: "Its origins, their credentials and the people bound to it are gone.",
            submit: () => api.delete(where),
        }).then((done) => done && go("app-spaces")), "danger")),
    ];
}

// Where people begin to sign in, and where the provider sends them back to.
function signIn(one) {
    const begin = `${location.origin}${signInAddress(one.tenant, one)}`;
    return [secret("Sign-in address", begin, false), secret("Address to come back to, to register there", `${begin}/back`, false)];
}

function provider(one) {
    return one.provider.type === "openid" ? badge(`OpenID Connect: ${one.provider.name}`) : badge("Simple", "dull");
}

function originsOf(space, origins, again) {
    const make = may("Wardgate.Origins.canManage") && button("Create New", () => createOrigin(space, again), "primary");
    if (origins.length === 0) {
        return h("div", { class: "actions" }, h("p", { class: "muted" }, "None yet. "), make);
    }
    return [
        table("Request Origins", [
            { label: "Name", cell: (origin) => link(to("origins", origin.id), origin.name) },
            { label: "User Id", cell: (origin) => code(origin.id) },
            { label: "Credential", cell: (origin) => (origin.credential ? `${origin.credential.kind.toUpperCase()} …${origin.credential.last4}` : badge("revoked", "bad")) },
            { label: "State", cell: (origin) => (origin.enabled ? badge("works", "good") : badge("disabled", "dull")) },
            { label: "Last used", cell: (origin) => when(origin.last_used) },
        ], origins),
        h("div", { class: "actions" }, make),
    ];
}

function usersOf(space, { users, next }, again) {
    if (users.length === 0) {
        return h("p", { class: "muted" }, "Nobody yet.");
    }
    const manage = may("Wardgate.AppUsers.canManage");
    return [table("Bound people", [
        { label: "Account", cell: (user) => code(user.account) },
        { label: "Id", cell: (user) => code(user.id) },
        { label: "What its origin says", cell: (user) => user.info ?? h("span", { class: "muted" }, "nothing") },
        { label: "Bound", cell: (user) => when(user.bound) },
        manage && doing((user) => button("Unbind", () => confirm({
            title: `Unbind ${user.account}?`, action: "Unbind", text: "He is no longer known to this App Space. Bound again, he is somebody new.",
            submit: () => api.delete(path([...WHERE, space.id, "users", user.id])),
        }).then((done) => done && again()))),
    ].filter(Boolean), users), next && h("p", { class: "muted" }, "There are more; the API tells the rest.")];
}

async function create() {
    const made = await ask({
        title: "A new App Space", action: "Save",
        fields: [
            { name: "name", label: "Name", required: true, hint: "Descriptive, for people." },
            { name: "type", label: "Identity Provider Type", type: "choice", value: "simple", at: "/provider/type", options: [
                ["simple", "Simple", "people are bound by the API and kept here"],
                ["openid", "OpenID Connect", "you give its addresses on the next screen"],
            ] },
            { name: "base_urls", label: "Public addresses of its services, one a line", type: "lines", value: [], rows: 2,
                placeholder: "https://api.example.com", hint: "Scheme and host that signed calls are sent to. Needed for HMAC." },
        ],
        submit: async ({ name, type, base_urls: urls }) => {
            const body = { name, base_urls: urls };
            if (type === "simple") {
                return api.post(path(WHERE), { ...body, provider: { type } });
            }
            const made = await ask({
                title: `The provider of ${name}`, action: "Save", fields: providerFields(),
                submit: (values) => api.post(path(WHERE), { ...body, provider: { type, ...given(values) } }),
            });
            return made ?? { abandoned: true };
        },
    });
    if (made?.id) {
        toast(`${made.name} is there.`);
        go("app-spaces", made.id);
    }
}

async function edit(one, where, again) {
    const changed = await ask({
        title: `Change ${one.name}`, action: "Save",
        fields: [
            { name: "name", label: "Name", value: one.name, required: true },
            { name: "base_urls", label: "Public addresses, one a line", type: "lines", value: one.base_urls, rows: 2 },
        ],
        submit: (values) => api.patch(where, values),
    });
    if (changed) {
        toast(SAVED);
        again();
    }
}

async function editProvider(one, where, again) {
    const changed = await ask({
        title: `The provider of ${one.name}`, action: "Save", fields: providerFields(one.provider),
        submit: (values) => api.patch(where, { provider: { type: "openid", ...given(values) } }),
    });
    if (changed) {
        toast(SAVED);
        again();
    }
}
