// A tenant's settings: texts by name and place. One means something here: which web pages may call from a browser.

import { api, path } from "../api.js";
import { ask, confirm } from "../dialog.js";
import { h } from "../dom.js";
import { lines } from "../format.js";
import { may, session, tenantName } from "../session.js";
import { badge, button, code, doing, few, head, section, table, toast } from "../ui.js";

const PAGES = "cors-origins";

export async function settings({ again }) {
    const where = ["environment", "v3", "contact-centers", session.tenant, "settings"];
    const { data } = await api.get(path(where));
    const manage = may("Wardgate.Tenants.canManage");
    const origins = data.settings.find((one) => one.name === PAGES);
    const listed = origins ? origins.value.split(",").map((one) => one.trim()) : [];
    const change = async (title, field, given) => {
        const done = await ask({ title, action: "Save", fields: [].concat(field), submit: (values) => api.post(path(where), { data: given(values) }) });
        if (done) {
            toast("Saved. It counts from the next request on.");
            again();
        }
    };
    const remove = (one) => confirm({
        title: `Take away ${one.name}?`, action: "Take away", text: "Whoever reads it finds nothing from now on.",
        submit: () => api.delete(path(where, { name: one.name, location: one.location })),
    }).then((done) => done && again());
    return [
        head("Settings", `What ${tenantName(session.tenant)} has set, for this server and for the services that read it.`,
            manage && button("Set something", () => change("Set something", FIELDS, (values) => values))),
        section("Web pages", "Pages of these origins may call this server from a browser, with a credential of their own.",
            few(listed, 64, "none: browsers keep every page of another origin out"),
            manage && h("div", { class: "actions" },
                button("Change", () => change("Web pages that may call", {
                    name: "value", label: "Origins, one a line", type: "lines", rows: 5, value: listed, at: "/value",
                    placeholder: "https://shop.example.com", hint: "https://*.example.com is all that is below that host.",
                }, ({ value }) => ({ name: PAGES, location: origins?.location ?? "/", value: value.join(","), shared: origins?.shared ?? true }))),
                origins && button("Let none in", () => remove(origins), "danger"))),
        data.settings.length > 0 && section("All settings", null, table("Settings", [
            { label: "Name", cell: (one) => code(one.name) },
            { label: "Place", cell: (one) => code(one.location) },
            { label: "Value", cell: (one) => lines(one.value.replaceAll(",", "\n")).map((line) => h("div", null, code(line))) },
            { label: "Read by", cell: (one) => (one.shared ? badge("all services") : badge("one service", "dull")) },
            manage && doing((one) => button("Take away", () => remove(one))),
        ].filter(Boolean), data.settings)),
    ];
}

const FIELDS = [
    { name: "name", label: "Name", required: true, hint: "Letters, digits, ., _ and -." },
    { name: "value", label: "Value", type: "area", rows: 4 },
    { name: "location", label: "Place", value: "/", hint: "Which part of the platform it is for." },
    { name: "shared", label: "Other services may read it", type: "check" },
];
