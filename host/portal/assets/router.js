// Which screen is shown: `#/tenant/screen/thing`. The tenant stands first, so that a link says whose thing it means.

import { session } from "./session.js";

// The parts of the present address: tenant, screen, and what follows.
export function place() {
    const parts = location.hash.replace(/^#\/?/, "").split("/").filter((part) => part !== "").map(decode);
    const [tenant = "", screen = "", ...rest] = parts;
    return { tenant, screen, rest };
}

// The address of a screen of the tenant that is shown.
export function to(screen, ...rest) {
    return address(session.tenant, screen, ...rest);
}

export function address(tenant, ...parts) {
    return "#/" + [tenant, ...parts].map(encodeURIComponent).join("/");
}

export function go(screen, ...rest) {
    location.hash = to(screen, ...rest);
}

function decode(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}
