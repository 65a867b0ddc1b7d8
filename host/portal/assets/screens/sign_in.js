// Signing in: with a tenant, a name and a password; whoever runs the cluster leaves the tenant empty.

import { api } from "../api.js";
import { providersOf, signInAddress } from "../at_provider.js";
import { h, replace } from "../dom.js";
import { form } from "../form.js";
import { message } from "../ui.js";

// Where a provider's answer leads that signs nobody in.
const FAILED = "#sign-in-failed";
// How long nobody may have written before the tenant's providers are looked for, in milliseconds.
const PAUSE_MS = 300;

export function signIn(entered) {
    const asked = form([
        { name: "tenant", label: "Tenant", autocomplete: "organization", hint: "Leave it empty if you run the cluster." },
        { name: "user", label: "User name", autocomplete: "username", required: true },
        { name: "password", label: "Password", type: "password", autocomplete: "current-password", required: true },
    ]);
    const go = h("button", { type: "submit", class: "primary" }, "Sign in");
    const send = async (event) => {
        event.preventDefault();
        go.disabled = true;
        try {
            const { tenant, user, password } = asked.values();
            await api.post("/portal/session", { tenant: tenant.trim(), user: user.trim(), password });
            await entered();
        } catch (error) {
            asked.show(new Error(words(error)));
        } finally {
            go.disabled = false;
        }
    };
    const elsewhere = h("div", { class: "elsewhere", "aria-live": "polite" });
    const look = async () => {
        const tenant = asked.values().tenant.trim();
        const providers = await providersOf(tenant).catch(() => []);
        if (tenant === asked.values().tenant.trim()) {
            replace(elsewhere, providers.map((provider) =>
                h("a", { class: "button", href: signInAddress(tenant, provider) }, `Sign in with ${provider.name}`)));
        }
    };
    let pause;
    asked.element.querySelector("[name=tenant]").addEventListener("input", () => {
        clearTimeout(pause);
        pause = setTimeout(look, PAUSE_MS);
    });
    look();
    return h("main", { id: "sign-in" },
        h("h1", null, "Wardgate"),
        h("p", { class: "about" }, "May this call pass? Sign in to say who may call what."),
        location.hash === FAILED && message("error", h("p", null, "Your identity provider did not sign you in, or nobody here is known by that.")),
        h("form", { onSubmit: send }, asked.element, go),
        elsewhere);
}

function words(error) {
    switch (error.status) {
    case 401:
        return "That is no user with that password here.";
    case 429:
        return "Too many tries. Wait a few minutes, then try again.";
    default:
        return error.message;
    }
}
