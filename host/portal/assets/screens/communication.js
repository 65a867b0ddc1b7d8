// The communication-server key: what gateways show when they ask for decisions from another machine.

import { api } from "../api.js";
import { ask, confirm, showSecrets } from "../dialog.js";
import { h } from "../dom.js";
import { date } from "../format.js";
import { badge, button, code, head, message, section, table, when } from "../ui.js";

const WHERE = "/v1/communication-key";
// It is the cluster's, whichever tenant is shown.
const OF_CLUSTER = { ofCluster: true };

export async function communication({ again }) {
    const { given, generated } = await api.get(WHERE, OF_CLUSTER);
    const current = generated.some((key) => !key.until);
    return [
        head("Communication Server", "Gateways on other machines show this key when they ask whether a call may pass. One on this machine needs none.",
            button("Update Credentials", () => generate(current, again), "primary")),
        given && message("note", h("p", null, "A key was set from outside, by COMM_SERVER_KEY or a file. It is good beside those below.")),
        section("Keys", null, generated.length === 0
            ? h("p", { class: "muted" }, given ? "None was made here." : "None yet. Gateways on other machines are refused until there is one.")
            : table("Keys of gateways", [
                { label: "Key", cell: (key) => code(`…${key.last4}`) },
                { label: "State", cell: (key) => (key.until ? badge(`works until ${date(key.until)}`, "warn") : badge("works", "good")) },
                { label: "Made", cell: (key) => [when(key.created), ` by ${key.created_by}`] },
            ], generated)),
        section("How a gateway uses it", "Set it where the gateway runs, and have it sent with each ask, as in nginx:",
            h("pre", { tabindex: "0" }, "proxy_set_header X-Comm-Server-Key \"the key\";")),
        generated.length > 0 && section("Take them away", "Gateways on other machines are refused from then on.", button("Remove all keys", () => confirm({
            title: "Remove all keys of gateways?", action: "Remove",
            text: given ? "Those that were made here are good no more. The one that was set from outside stays." : "Every gateway on another machine is refused, at once.",
            submit: () => api.delete(WHERE, OF_CLUSTER),
        }).then((done) => done && again()), "danger")),
    ];
}

async function generate(current, again) {
    const made = await ask({
        title: "Update Credentials", action: "Generate Credentials", text: "A new key is made and shown once.",
        fields: [current && { name: "overlap", label: "How long the present one works on", type: "select", value: "86400", at: "/overlap_s", options: [
            ["0", "not at all"], ["3600", "an hour"], ["86400", "a day"], ["604800", "a week"],
        ] }],
        submit: ({ overlap }) => api.post(WHERE, overlap === undefined ? {} : { overlap_s: Number(overlap) }, OF_CLUSTER),
    });
    if (made) {
        await showSecrets("The communication-server key", "Set the environment variable COMM_SERVER_KEY of your gateways to it.", ["Key", made.key]);
        again();
    }
}
