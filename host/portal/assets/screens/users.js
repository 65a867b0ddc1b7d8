// People: a tenant's users, and the cluster's, what they may do, and new passwords for them.

import { all, api, path } from "../api.js";
import { ask, confirm, open, showSecrets } from "../dialog.js";
import { h } from "../dom.js";
import { may, session, tenantName } from "../session.js";
import { attempt, badge, button, doing, empty, few, head, table, toast, when } from "../ui.js";
import { PRIVILEGES, ROLES } from "./roles.js";

const WHERE = ["v1", "users"];

export async function users({ again }) {
    const [found, spaces] = await Promise.all([all(WHERE, {}, "users"), api.try(path(["v1", "app-spaces"]))]);
    const groups = spaces?.app_spaces ?? [];
    const manage = may("Wardgate.Users.canManage");
    const make = manage && button("Add somebody", () => create(groups, again), "primary");
    return [
        head("People", `Who signs in for ${tenantName(session.tenant)}, here and with OAuth clients.`, make),
        found.length === 0
            ? empty("Nobody yet", "People sign in with a name and a password. Add the first one and give him a role.", make)
            : table("People", [
                { label: "Name", cell: (user) => [h("strong", null, user.name), user.id === session.who.id && [" ", badge("you")]] },
                { label: "Role", cell: (user) => ROLES.find(([role]) => role === user.role)?.[1] ?? user.role },
                { label: "May also", cell: (user) => few([...user.privileges, ...user.grants], 2, "nothing more") },
                { label: "State", cell: (user) => (user.enabled ? badge("enabled", "good") : badge("disabled", "dull")) },
                { label: "E-mail", cell: (user) => user.email ?? h("span", { class: "muted" }, "not known") },
                { label: "Password set", cell: (user) => when(user.password_set) },
                manage && doing((user) => button("Change", () => choose(user, groups, again))),
            ].filter(Boolean), found),
    ];
}

function fields(spaces, user = {}) {
    return [
        { name: "name", label: "User name", value: user.name, required: true },
        { name: "role", label: "Role", type: "choice", value: user.role ?? "viewer", options: ROLES },
        spaces.length > 0 && { name: "app_spaces", label: "App Spaces that he is given", type: "checks", value: user.app_spaces ?? [],
            options: spaces.map((space) => [space.id, space.name]) },
        { name: "privileges", label: "Beyond the role he may", type: "checks", value: user.privileges ?? [], options: PRIVILEGES },
        { name: "grants", label: "Calls that his tokens may make, one a line", type: "lines", value: user.grants ?? [], rows: 2,
            placeholder: "nexus:consumer:chat", hint: "Only for people whose programs call with a token of theirs." },
        { name: "email", label: "E-mail", type: "email", value: user.email },
        { name: "given_name", label: "Given name", value: user.given_name },
        { name: "family_name", label: "Family name", value: user.family_name },
    ];
}

// An empty text is none.
function given(values) {
    const texts = ["email", "given_name", "family_name"].map((name) => [name, values[name].trim() || null]);
    return { ...values, ...Object.fromEntries(texts) };
}

async function create(spaces, again) {
    const made = await ask({
        title: "Add somebody", action: "Add", text: "A password is made for him, which you see once and hand over.",
        fields: fields(spaces),
        submit: (values) => {
            const body = Object.entries(given(values)).filter(([, value]) => value !== null);
            return api.post(path(WHERE), { ...Object.fromEntries(body), tenant: session.tenant });
        },
    });
    if (made) {
        await showSecrets(`${made.name} can sign in`, "Hand these over on a way that nobody else reads; he can change the password here.",
            session.tenant !== "*" && ["Tenant", session.tenant, false], ["User name", made.name, false], ["Password", made.password]);
        again();
    }
}

// What can be done with one of them.
async function choose(user, spaces, again) {
    const chosen = await open(user.name, (close) => h("div", { class: "choices" },
        button("Change role and data", () => close(() => edit(user, spaces))),
        button("Make a new password", () => close(() => reset(user))),
        user.enabled
            ? button("Disable", () => close(() => disable(user)))
            : button("Enable", () => close(() => attempt(() => api.patch(path([...WHERE, user.id]), { enabled: true })))),
        button("Delete", () => close(() => remove(user)), "danger"),
        button("Close", () => close(undefined))));
    if (chosen) {
        await chosen();
        again();
    }
}

async function edit(user, spaces) {
    const changed = await ask({
        title: `Change ${user.name}`, action: "Save", fields: fields(spaces, user),
        submit: (values) => api.patch(path([...WHERE, user.id]), given(values)),
    });
    if (changed) {
        toast("Saved.");
    }
}

async function reset(user) {
    const changed = await ask({
        title: `A new password for ${user.name}`, action: "Make one", danger: true, fields: [],
        text: "His old one is worth nothing any more, and he is signed out everywhere.",
        submit: () => api.post(path([...WHERE, user.id, "reset-password"]), {}),
    });
    if (changed) {
        await showSecrets(`The new password of ${user.name}`, "Hand it over on a way that nobody else reads.", ["Password", changed.password]);
    }
}

function disable(user) {
    return confirm({
        title: `Disable ${user.name}?`, action: "Disable",
        text: "He is signed out everywhere, at once, and cannot sign in until he is enabled again.",
        submit: () => api.patch(path([...WHERE, user.id]), { enabled: false }),
    });
}

function remove(user) {
    return confirm({
        title: `Delete ${user.name}?`, action: "Delete", text: "He is signed out everywhere, and is gone. This cannot be undone.",
        submit: () => api.delete(path([...WHERE, user.id])),
    });
}
