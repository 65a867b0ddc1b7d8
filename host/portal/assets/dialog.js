// Windows that ask: for values, for a yes, for the password; and the one that shows a secret, once.

import { confirmElsewhere } from "./at_provider.js";
import { h } from "./dom.js";
import { form } from "./form.js";
import { capital } from "./ui.js";

// Asks for `fields`; `submit` is given their values and does the work; `more` makes what else leads on, given what closes.
// Resolves to what it gave, or to `undefined` where the window was closed. What goes wrong is shown in it, and nothing that
// was filled in is lost.
export function ask({ title, text, fields, action, danger = false, submit, more }) {
    return open(title, (close) => {
        const asked = form(fields);
        const go = h("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
        const send = async (event) => {
            event.preventDefault();
            go.disabled = true;
            try {
                close(await submit(asked.values()) ?? null);
            } catch (error) {
                asked.show(error);
            } finally {
                go.disabled = false;
            }
        };
        return h("form", { onSubmit: send, novalidate: false },
            text && h("p", null, text), asked.element, more?.(close),
            h("div", { class: "actions end" }, cancel(close), go));
    });
}

// Whether something that cannot be taken back is to happen. `typed` is what must be written for it, for the gravest.
export async function confirm({ title, text, action, typed, danger = true, submit }) {
    const fields = typed
        ? [{ name: "typed", label: `Type ${typed} to go on`, required: true }]
        : [];
    const done = await ask({ title, text, action, danger, fields, submit: async (values) => {
        if (typed && values.typed !== typed) {
            const message = `must be ${typed}`;
            throw Object.assign(new Error(message), { faults: [{ location: "/typed", message }] });
        }
        await submit?.();
        return true;
    } });
    return Boolean(done);
}

// Shows secrets that nobody can show again: pairs of a name and a value.
export function showSecrets(title, text, ...secrets) {
    return open(title, (close) => h("div", null,
        h("p", null, text),
        h("p", { class: "message warning" }, "This is shown once. Copy it now: nobody can show it again."),
        secrets.filter(Boolean).map(([name, value, isSecret = true]) => secret(name, value, isSecret)),
        h("div", { class: "actions end" }, h("button", { type: "button", class: "primary", onClick: () => close(null) }, "I have copied it"))),
    { stays: true });
}

// A value to copy.
export function secret(name, value, isSecret = true) {
    const shown = h("input", { type: "text", readonly: true, value, "aria-label": name, class: isSecret ? "secret" : "plain" });
    shown.addEventListener("focus", () => shown.select());
    const copy = async () => {
        try {
            await navigator.clipboard.writeText(value);
            again.textContent = "Copied";
        } catch {
            shown.focus();
            again.textContent = "Press Ctrl+C";
        }
    };
    const again = h("button", { type: "button", onClick: copy, "aria-label": `Copy ${name}` }, "Copy");
    return h("div", { class: "copy" }, h("span", { class: "copy-name" }, name),
        h("div", { class: "copy-line" }, shown, again));
}

// A window with `build`'s content. One that `stays` is closed by its own button alone.
export function open(title, build, { stays = false, wide = false } = {}) {
    return new Promise((done) => {
        const heading = h("h2", { id: "dialog-title" }, title);
        const kinds = [wide && "wide", stays && "stays"].filter(Boolean).join(" ");
        const dialog = h("dialog", { "aria-labelledby": "dialog-title", class: kinds });
        let result;
        const close = (value) => {
            result = value;
            dialog.close();
        };
        dialog.addEventListener("cancel", (event) => stays && event.preventDefault());
        dialog.addEventListener("close", () => {
            dialog.remove();
            done(result);
        });
        dialog.append(heading, build(close));
        // Beside the body, whose content goes with each screen: a secret that is shown once must outlive that.
        document.documentElement.append(dialog);
        dialog.showModal();
        dialog.querySelector("input:not([readonly]), textarea, select, button.primary")?.focus();
    });
}

export function cancel(close, text = "Cancel") {
    return h("button", { type: "button", onClick: () => close(undefined) }, text);
}

let asking = null;

// Who he is once more, one window however many calls wait for it: by the password, or at one of `providers`.
export function askWho({ who, confirmSession, providers }) {
    asking ??= askOnce(who, confirmSession, providers).finally(() => {
        asking = null;
    });
    return asking;
}

async function askOnce(who, confirmSession, providers) {
    const known = await providers();
    let elsewhere;
    const more = (close) => {
        elsewhere = confirmElsewhere(known, close);
        return known.length > 0 && elsewhere.links;
    };
    const asked = ask({
        title: known.length > 0 ? "Show that it is you" : "Your password, please",
        text: `Something is about to be changed in your name. Show that you are still ${who}.`,
        fields: [{ name: "password", label: "Password", type: "password", autocomplete: "current-password", required: true }],
        action: "Go on",
        more,
        submit: async ({ password }) => {
            try {
                return await confirmSession(password);
            } catch (error) {
                const message = error.status === 401 ? "That is not the password" : capital(error.message);
                throw Object.assign(new Error(message), { faults: [{ location: "/password", message }] });
            }
        },
    });
    return asked.finally(() => elsewhere.end());
}
