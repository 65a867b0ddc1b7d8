// A Request Origin: a service that calls with a User Id and a credential, HMAC or Basic; and where its answers may go.

import { api, path } from "../api.js";
import { ask, confirm, secret, showSecrets } from "../dialog.js";
import { h } from "../dom.js";
import { date } from "../format.js";
import { go, to } from "../router.js";
import { may } from "../session.js";
import { badge, button, crumb, facts, few, head, section, toast, when } from "../ui.js";

const WHERE = ["v1", "origins"];

const KINDS = [
    ["hmac", "HMAC", "each call is signed (CX1-HMAC-SHA256); the secret never travels"],
    ["basic", "Basic", "User Id and secret go with each call"],
];

export async function origin({ rest: [id], again }) {
    const where = path([...WHERE, id]);
    const one = await api.get(where);
    const manage = may("Wardgate.Origins.canManage");
    return [
        crumb(to("app-spaces", one.app_space), "Its App Space"),
        head(one.name, null,
            manage && button("Change", () => edit(one, where, again)),
            manage && button(one.enabled ? "Disable" : "Enable", () => confirm({
                title: `${one.enabled ? "Disable" : "Enable"} ${one.name}?`, action: one.enabled ? "Disable" : "Enable", danger: one.enabled,
                text: one.enabled ? "Its calls are refused from now on, until it is enabled again." : "Its calls are looked at again.",
                submit: () => api.patch(where, { enabled: !one.enabled }),
            }).then((done) => done && again()))),
        section("Overview", null, secret("User Id", one.id, false), facts(
            ["State", one.enabled ? badge("works", "good") : badge("disabled", "dull")],
            ["May", few(one.grants, 20, "nothing yet")],
            one.role === "admin" && ["Role", badge("admin", "warn")],
            ["Last used", when(one.last_used)], ["Created", [when(one.created), ` by ${one.created_by}`]],
        )),
        section("Credential", "What it shows with each call. Nobody can see the secret again; a new one takes its place.",
            facts(
                ["Now", one.credential ? [named(one.credential), " since ", when(one.credential.created)] : badge("revoked", "bad")],
                one.previous && ["Before", [named(one.previous), `, which works until ${date(one.previous.expires)}`]],
            ),
            manage && h("div", { class: "actions" },
                button(one.credential ? "Rotate or switch" : "Generate a credential", () => renew(one, where, again)),
                one.credential && button("Revoke", () => confirm({
                    title: `Revoke the credential of ${one.name}?`, action: "Revoke", text: "It stops working before you see the answer. The origin stays.",
                    submit: () => api.delete(path([...WHERE, one.id, "credentials"])),
                }).then((done) => done && again()), "danger"))),
        section("Callbacks", "Where answers may be sent. Any other address is refused when it is used.",
            one.callbacks.length > 0 ? few(one.callbacks, 64) : h("p", { class: "muted" }, "None yet.")),
        manage && section("Delete it", "It stops working before you see the answer.", button("Delete this origin", () => confirm({
            title: `Delete ${one.name}?`, action: "Delete", text: "Its User Id and credential are worth nothing any more.", submit: () => api.delete(where),
        }).then((done) => done && go("app-spaces", one.app_space)), "danger")),
    ];
}

// Makes one in an App Space, and shows what it needs, once.
export async function create(space, again) {
    const made = await ask({
        title: "A new Request Origin", action: "Create Request Origin",
        fields: [
            { name: "name", label: "Name", required: true, hint: "Which service is it?" },
            { name: "kind", label: "Credential Type", type: "choice", value: "hmac", options: KINDS },
            { name: "grants", label: "What it may do, one a line", type: "lines", value: [], placeholder: "nexus:consumer:chat" },
            { name: "callbacks", label: "Callback addresses, one a line", type: "lines", value: [], rows: 2,
                placeholder: "https://shop.example.com/done/{*}", hint: "{*} stands for one segment." },
        ],
        submit: (values) => api.post(path(["v1", "app-spaces", space.id, "origins"]), values),
    });
    if (made) {
        await shown(made, "The Request Origin");
        again();
    }
}

function shown(made, title) {
    return showSecrets(title, `${made.name} authenticates with these.`, ["User Id", made.id, false], ["Secret", made.secret]);
}

function named(credential) {
    return `${credential.kind.toUpperCase()}, …${credential.last4}`;
}

async function edit(one, where, again) {
    const changed = await ask({
        title: `Change ${one.name}`, action: "Save",
        fields: [
            { name: "name", label: "Name", value: one.name, required: true },
            { name: "grants", label: "What it may do, one a line", type: "lines", value: one.grants },
            { name: "callbacks", label: "Callback addresses, one a line", type: "lines", value: one.callbacks, hint: "{*} stands for one segment." },
        ],
        submit: (values) => api.patch(where, values),
    });
    if (changed) {
        toast("Saved. It counts from the next call on.");
        again();
    }
}

async function renew(one, where, again) {
    const made = await ask({
        title: `A new credential for ${one.name}`, action: "Generate",
        fields: [
            { name: "kind", label: "Credential Type", type: "choice", value: one.kind, options: KINDS },
            { name: "overlap", label: "How long the present one works on", type: "select", value: "86400", at: "/overlap_s", options: [
                ["0", "not at all"], ["3600", "an hour"], ["86400", "a day"], ["604800", "a week"],
            ] },
        ],
        submit: ({ kind, overlap }) => api.post(path([...WHERE, one.id, "credentials"]), { kind, overlap_s: Number(overlap) }),
    });
    if (made) {
        await shown(made, "The new credential");
        again();
    }
}
