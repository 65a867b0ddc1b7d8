// A version of a policy before it is kept: code of a shipped module or a file, permissions, settings in an editor. The
// server looks at it and tells each fault with its place; nothing that is in force changes by it.

import { api, path } from "../api.js";
import { cancel } from "../dialog.js";
import { h } from "../dom.js";
import { form } from "../form.js";
import { bytes } from "../format.js";
import { session } from "../session.js";

// The form; `policy` and `version` are those that it begins from, or it is for a new policy of a `shipped` module.
export function draft({ close, shipped = [], policy, version }) {
    const fresh = !version;
    const kinds = [...shipped.map(([id, name, about]) => [id, name, about]), ["file", "A component of your own", "a .wasm file; wardgate policy new begins one"]];
    const settings = version?.settings ?? shipped[0]?.[3] ?? {};
    const asked = form([
        fresh && { name: "name", label: "Name", required: true, value: "", hint: "Letters, digits, ., _ and -." },
        fresh && { name: "kind", label: "Code", type: "choice", value: kinds[0][0], options: kinds },
        { name: "permissions", label: "Permissions that it answers for, one a line", type: "lines", value: version?.permissions ?? [],
            placeholder: "nexus:consumer:*", hint: fresh ? "Empty for those that the module itself names." : null },
    ]);
    const file = h("input", { type: "file", accept: ".wasm,application/wasm", "aria-label": "Component (.wasm)" });
    const progress = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Upload" });
    const said = h("p", { class: "hint", role: "status" });
    const edited = editor(settings);
    const fileLine = h("div", { class: "field", hidden: fresh }, h("label", null, fresh ? "Component" : "New code (leave it out to keep the present one)", file), progress, said);
    const kindOf = () => (fresh ? asked.values().kind : "present");
    asked.element.addEventListener("change", (event) => {
        if (event.target.name === "kind") {
            fileLine.hidden = kindOf() !== "file";
            edited.set(shipped.find(([id]) => id === kindOf())?.[3] ?? {});
        }
    });
    const go = h("button", { type: "submit", class: "primary" }, "Keep it");
    const send = async (event) => {
        event.preventDefault();
        go.disabled = true;
        try {
            const name = fresh ? asked.values().name.trim() : policy;
            const { permissions } = asked.values();
            const given = { settings: edited.value(), permissions: permissions.length > 0 ? permissions : undefined };
            const where = ["v1", "tenants", session.tenant, "policies", name, "versions"];
            if (file.files[0] && !fileLine.hidden) {
                given.module = await upload(where, file.files[0], permissions);
            } else if (fresh) {
                given.module = kindOf();
            } else {
                given.module = version.module;
            }
            close(await api.put(path(where), given));
        } catch (error) {
            edited.show(error);
            asked.show(error);
        } finally {
            go.disabled = false;
            progress.hidden = true;
        }
    };
    // The bytes go first, so that their progress is seen; the settings then name them by their digest.
    const upload = async (where, chosen, permissions) => {
        progress.hidden = false;
        said.textContent = `Sending ${bytes(chosen.size)}…`;
        const { digest } = await api.upload(path(where, { permissions }), chosen, (sent, of) => {
            progress.value = sent / of;
            said.textContent = sent < of ? `Sent ${bytes(sent)} of ${bytes(of)}.` : "Checking and compiling…";
        });
        said.textContent = "The code is accepted.";
        return digest;
    };
    return h("form", { onSubmit: send },
        h("p", { class: "about" }, "This makes a version. No call is decided by it before you put it into force."),
        asked.element, fileLine, edited.element,
        h("div", { class: "actions end" }, cancel(close), go));
}

// Settings as JSON; the rules of a Cedar policy stand in a field of their own, as text.
function editor(settings) {
    const rules = h("textarea", { class: "code", rows: 12, spellcheck: "false", id: "draft-rules" });
    const rulesField = h("div", { class: "field" }, h("label", { for: "draft-rules" }, "Rules in Cedar"), rules);
    const text = h("textarea", { class: "code", rows: 10, spellcheck: "false", id: "draft-settings", "aria-describedby": "draft-fault" });
    const fault = h("p", { class: "field-fault", id: "draft-fault", hidden: true });
    const label = h("label", { for: "draft-settings" });
    const complain = (message) => {
        fault.hidden = message === "";
        fault.textContent = message;
        text.toggleAttribute("aria-invalid", message !== "");
    };
    const set = (value) => {
        const { policies, ...rest } = value;
        const cedar = typeof policies === "string";
        rulesField.hidden = !cedar;
        rules.value = cedar ? policies : "";
        label.textContent = cedar ? "Other settings, as JSON" : "Settings, as JSON";
        text.value = JSON.stringify(cedar ? rest : value, null, 2);
        complain("");
    };
    const parse = () => {
        const value = JSON.parse(text.value.trim() || "{}");
        return rulesField.hidden ? value : { policies: rules.value, ...value };
    };
    text.addEventListener("input", () => {
        try {
            parse();
            complain("");
        } catch (error) {
            complain(`This is no JSON yet: ${error.message}`);
        }
    });
    set(settings);
    return {
        element: h("div", { class: "fields" }, rulesField, h("div", { class: "field" }, label, text, fault)),
        set,
        value() {
            try {
                return parse();
            } catch (error) {
                complain(`This is no JSON: ${error.message}`);
                throw Object.assign(new Error("the settings are no JSON"), { faults: [] });
            }
        },
        show(error) {
            const own = (error.faults ?? []).filter((one) => one.location.startsWith("/settings"));
            complain(own.map((one) => `${one.location.slice("/settings".length) || "Settings"}: ${one.message}`).join("\n"));
            error.faults = (error.faults ?? []).filter((one) => !own.includes(one));
        },
    };
}
