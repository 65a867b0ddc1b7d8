// What could be better about a key: hints, which nobody has to follow.

const DAY_MS = 86_400_000;
// How long a key may go unused, in days.
const UNUSED_DAYS = 30;
// Permissions of one key that are many.
const MANY = 8;

export function hints(key, now = Date.now()) {
    if (key.revoked || !key.enabled || (key.expires && new Date(key.expires).getTime() <= now)) {
        return [];
    }
    const found = [];
    const age = (now - new Date(key.created).getTime()) / DAY_MS;
    const idle = key.last_used ? (now - new Date(key.last_used).getTime()) / DAY_MS : age;
    if (idle > UNUSED_DAYS) {
        found.push({ word: "unused", text: `Nobody called with it for ${Math.floor(idle)} days. If nothing needs it, disable it.` });
    }
    const wide = key.permissions.filter((permission) => /^\*$|^[^:]*:\*$/.test(permission));
    if (wide.length > 0 || key.permissions.length > MANY) {
        const what = wide.length > 0 ? `It has ${wide.join(" and ")}` : `It has ${key.permissions.length} permissions`;
        found.push({ word: "wide", text: `${what}, which is more than most services need. Give it the ones that it uses.` });
    }
    return found;
}
