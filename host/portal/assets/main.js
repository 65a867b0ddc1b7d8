// The page: who is signed in, the frame around the screens, and which one is shown.

import { all, api, whenNeeded } from "./api.js";
import { broughtBack, finish, providersOf } from "./at_provider.js";
import { askWho } from "./dialog.js";
import { h, replace } from "./dom.js";
import { address, place } from "./router.js";
import { GROUPS, screenOf } from "./screens.js";
import { CLUSTER, isOfCluster, loginName, session, tenantName } from "./session.js";
import { signIn } from "./screens/sign_in.js";
import { fault } from "./ui.js";

// Ends what a screen has under way when another takes its place.
let leaving = new AbortController();

whenNeeded({
    askWho: async () => {
        const confirmed = await askWho({
            who: loginName(),
            confirmSession: (password) => api.post("/portal/session/confirm", { password }),
            providers: () => providersOf(session.who.tenant).catch(() => []),
        });
        session.who = confirmed ?? session.who;
        return Boolean(confirmed);
    },
    // A call that went out with the cookie before the last is told so, too: only the server knows.
    onSignedOut: () => api.get("/portal/session").catch(() => start()),
});

addEventListener("hashchange", () => {
    if (session.who) {
        show();
    } else if (linkInAddress()) {
        start();
    }
});
start();

async function start() {
    leaving.abort();
    closeWindows();
    const brought = broughtBack();
    if (brought) {
        replace(document.body, toasts(), await finish(brought));
        return;
    }
    session.who = await entered();
    if (!session.who) {
        replace(document.body, toasts(), signIn(start));
        document.querySelector("#sign-in input")?.focus();
        document.title = "Sign in · Wardgate";
        return;
    }
    await loadTenants();
    show();
}

// Whoever comes with a link is signed in by it; its address is forgotten before anything else happens.
async function entered() {
    const link = linkInAddress();
    if (link) {
        history.replaceState(null, "", location.pathname);
        const entered = await api.post("/portal/session", { link }).catch(() => null);
        if (entered) {
            return entered;
        }
    }
    return api.get("/portal/session").catch(() => null);
}

function linkInAddress() {
    return /^#\/?link[=/]([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1];
}

async function loadTenants() {
    const tenants = await all(["v1", "tenants"], {}, "tenants").catch(() => []);
    session.names = new Map(tenants.map(({ id, name }) => [id, name]));
}

// Shows the screen of the present address; whoever may not see that tenant is at home instead.
async function show() {
    leaving.abort();
    closeWindows();
    leaving = new AbortController();
    const { tenant, screen, rest } = place();
    const known = tenant === session.who.tenant || (isOfCluster() && (session.names.has(tenant) || tenant === CLUSTER));
    if (!known) {
        location.replace(address(session.who.tenant, "overview"));
        return;
    }
    session.tenant = tenant;
    const found = screenOf(screen);
    if (!found) {
        location.replace(address(tenant, "overview"));
        return;
    }
    const { signal } = leaving;
    const main = h("main", { id: "screen", "aria-busy": "true" }, h("p", { class: "muted loading" }, "Loading…"));
    replace(document.body, toasts(), h("a", { class: "skip", href: "#screen", onClick: skip }, "Skip to the content"),
        top(), h("div", { class: "frame" }, menu(found.under ?? found.id), main));
    document.title = `${found.title} · Wardgate`;
    try {
        const content = await found.show({ rest, signal, again: show, main });
        if (!signal.aborted) {
            replace(main, content);
            main.querySelector("h1")?.focus({ preventScroll: true });
        }
    } catch (error) {
        if (!signal.aborted) {
            replace(main, h("h1", null, found.title), fault(error));
        }
    }
    main.removeAttribute("aria-busy");
}

// But for those that show what nobody can show again.
function closeWindows() {
    document.querySelectorAll("dialog:not(.stays)").forEach((dialog) => dialog.close());
}

function skip(event) {
    event.preventDefault();
    document.querySelector("#screen h1")?.focus();
}

function toasts() {
    return document.getElementById("toasts") ?? h("div", { id: "toasts", role: "status", "aria-live": "polite" });
}

function top() {
    const toggle = h("button", { type: "button", class: "menu-button", "aria-expanded": "false", "aria-controls": "menu" }, "Menu");
    toggle.addEventListener("click", () => {
        const shown = document.getElementById("menu").classList.toggle("shown");
        toggle.setAttribute("aria-expanded", String(shown));
    });
    return h("header", { class: "top" },
        toggle,
        h("a", { class: "brand", href: address(session.tenant, "overview") }, "Wardgate"),
        isOfCluster() ? chooser() : h("span", { class: "whose" }, tenantName(session.tenant)),
        h("div", { class: "account" },
            h("a", { href: address(session.tenant, "password") }, session.who.user),
            h("button", { type: "button", onClick: signOut }, "Sign out")));
}

// Whose things are shown, for the cluster's people.
function chooser() {
    const option = (id) => h("option", { value: id, selected: id === session.tenant }, tenantName(id));
    const ids = [...session.names.keys()].filter((id) => id !== CLUSTER);
    const chosen = h("select", { "aria-label": "Whose things are shown" }, option(CLUSTER), ids.map(option));
    chosen.addEventListener("change", () => {
        location.hash = address(chosen.value, place().screen);
    });
    return h("span", { class: "whose" }, chosen);
}

function menu(current) {
    const item = ({ id, title }) => h("li", null,
        h("a", { href: address(session.tenant, id), "aria-current": id === current ? "page" : null }, title));
    const group = ([title, screens]) => {
        const shown = screens.filter((screen) => screen.may());
        return shown.length > 0 && h("div", null, title && h("h2", null, title), h("ul", null, shown.map(item)));
    };
    return h("nav", { id: "menu", "aria-label": "Screens" }, GROUPS.map(group));
}

async function signOut() {
    await api.delete("/portal/session").catch(() => {});
    history.replaceState(null, "", location.pathname);
    start();
}
