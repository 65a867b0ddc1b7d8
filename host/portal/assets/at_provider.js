// Identity providers, for whoever is at the portal: which ones sign people in here, and how one of them confirms that it is
// still he. That happens in a tab of its own, so that nothing is lost of what was being filled in.

import { api, path } from "./api.js";
import { h } from "./dom.js";
import { CLUSTER, session } from "./session.js";
import { message } from "./ui.js";

// How the tab that was at the provider tells the others of this browser that a session was confirmed.
const CHANNEL = "wardgate-confirmed";
// What the provider sent back, in the address of the page.
const BROUGHT = /^#confirm\?(.*)$/;

// The providers by which people of a tenant sign in: an id and a name each. Of the cluster's people where none is named.
export async function providersOf(tenant) {
    return (await api.get(path(["portal", "providers", tenant || CLUSTER]))).providers;
}

export function signInAddress(tenant, { id }) {
    return path(["portal", "providers", tenant || CLUSTER, id]);
}

// Links that lead to `providers`; `confirmed` is given the session once one of them, or another tab, has confirmed it.
// Resolves to them and to what ends the waiting.
export function confirmElsewhere(providers, confirmed) {
    const link = (provider) => h("a", {
        class: "button", target: "_blank", rel: "opener", href: `${signInAddress(session.who.tenant, provider)}/confirm`,
    }, `Show it at ${provider.name}`);
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = async () => {
        const who = await api.get("/portal/session").catch(() => null);
        if (who?.id === session.who.id && who.confirmed_until !== session.who.confirmed_until) {
            confirmed(who);
        }
    };
    return { links: h("div", { class: "elsewhere" }, providers.map(link)), end: () => channel.close() };
}

// What the provider sent back, if this tab was there. The address forgets it.
export function broughtBack() {
    const [, brought] = BROUGHT.exec(location.hash) ?? [];
    if (brought === undefined) {
        return null;
    }
    history.replaceState(null, "", location.pathname);
    return Object.fromEntries(new URLSearchParams(brought));
}

// Has the session confirmed by that, tells the other tabs, and says how it went.
export async function finish(brought) {
    try {
        await api.post("/portal/session/confirm", { provider: brought });
    } catch (error) {
        return told("Nothing is confirmed", message("error", h("p", null, words(error))),
            h("p", null, "Close this tab. In the one that you came from you can try again."));
    }
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage("confirmed");
    channel.close();
    // A browser may not let a page close its tab.
    window.close();
    return told("It is you", h("p", null, "What you were doing goes on in the tab that you came from. You can close this one."));
}

function told(title, ...content) {
    document.title = `${title} · Wardgate`;
    return h("main", { id: "sign-in" }, h("h1", { tabindex: "-1" }, title), content);
}

function words(error) {
    switch (error.status) {
    case 401:
        return "Nobody is signed in here any more.";
    case 403:
        return `Your identity provider did not confirm that it is you: ${error.message}.`;
    default:
        return error.message;
    }
}
