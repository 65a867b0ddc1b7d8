// What was changed, when and by whom; and whether the log of it is whole.

import { api, path } from "../api.js";
import { h, replace } from "../dom.js";
import { form } from "../form.js";
import { count, date } from "../format.js";
import { tenantName, session } from "../session.js";
import { attempt, button, code, empty, head, message, table, when } from "../ui.js";

const WHERE = ["v1", "audit"];
const PAGE = 100;

export async function audit({ main, signal }) {
    const shown = h("div", { class: "list-of" });
    const told = h("div", { role: "status" });
    const asked = form([{ name: "action", label: "Action", value: "", placeholder: "key.created", hint: "One action, or all about one thing: key." }]);
    let rows = [];
    const load = async (cursor) => {
        const page = await api.get(path(WHERE, { action: asked.values().action.trim(), limit: PAGE, cursor }), { signal });
        rows = cursor ? [...rows, ...page.entries] : page.entries;
        replace(shown, rows.length === 0 && !page.next
            ? empty("Nothing", "No change of this kind is written down.")
            : [listed(rows), page.next && h("div", { class: "actions" }, button("Older ones", () => attempt(() => load(page.next), main)))]);
    };
    const check = () => attempt(async () => {
        replace(told, message("note", h("p", null, "Going along the whole log…")));
        const found = await api.get(path([...WHERE, "verify"]));
        replace(told, found.intact
            ? message("good", h("p", null, `The log is whole: ${count(found.entries, "entry", "entries")}, each as it was written.`))
            : message("error", h("p", null, `The log was tampered with. Entry ${found.broken.seq}: ${found.broken.message}.`)));
    }, main);
    await load();
    return [
        head("Audit", `What was changed for ${tenantName(session.tenant)}, the latest first. Nobody can change what is written here unseen.`,
            button("Check the log", check)),
        told,
        h("form", { class: "card filter", onSubmit: (event) => {
            event.preventDefault();
            return attempt(() => load(), main);
        } }, asked.element, h("div", { class: "actions" }, h("button", { type: "submit" }, "Show"))),
        shown,
    ];
}

// A name without the tenant that is shown anyway.
function own(actor) {
    const prefix = `${session.tenant}\\`;
    return actor.startsWith(prefix) ? actor.slice(prefix.length) : actor;
}

function listed(rows) {
    return table("Changes", [
        { label: "Entry", kind: "number", cell: (one) => one.seq },
        { label: "When", cell: (one) => [when(one.at), h("div", { class: "muted small" }, date(one.at))] },
        { label: "Who", cell: (one) => code(own(one.actor)) },
        { label: "Action", cell: (one) => code(one.action) },
        { label: "Thing", cell: (one) => code(one.target) },
        { label: "What", cell: (one) => one.detail && h("details", null, h("summary", null, Object.keys(one.detail).slice(0, 3).join(", ")),
            h("pre", { tabindex: "0" }, JSON.stringify(one.detail, null, 1))) },
    ], rows);
}
