// Journeys through the screens that say who may call.

import { BASE, expect, fresh } from "./browser.mjs";
import { admin } from "./people.mjs";

// What would run, were any of it taken for markup.
const SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>";

async function check(key, permission = "nexus:consumer:read") {
    const body = JSON.stringify({ headers: { "x-api-key": key }, permission });
    const response = await fetch(`${BASE}/v1/check`, { method: "POST", body });
    return (await response.json()).code;
}

// A key from its creation to its end.
export async function keys() {
    const person = await (await fresh()).signIn(admin);
    await person.open("Keys");
    await person.reads("No keys yet", "heading");
    await person.press("Create a key");
    await person.fill("Name", SCRIPT);
    await person.fill("Permissions", "not a permission");
    await person.press("Create");
    await person.page.locator("dialog [aria-invalid]").waitFor();
    await person.fill("Permissions", "nexus:consumer:*");
    await person.press("Create");
    const key = await person.has("Key");
    expect(/^wg_live_[0-9A-Za-z]{72}$/.test(key), `${key} is no key`);
    expect(await check(key) === "allowed", "the new key is not let pass");
    expect(!(await person.page.content()).includes(key), "the key is still on the page");

    // Its name stayed text.
    await person.follow(SCRIPT);
    await person.reads(SCRIPT, "heading");
    await person.press("Disable");
    await person.press("Disable");
    await person.reads("Enable", "button");
    expect(await check(key) !== "allowed", "a disabled key is let pass");
    await person.press("Enable");
    await person.reads("Disable", "button");
    await person.press("Change");
    await person.fill("Name", "Shop");
    await person.press("Save");
    await person.reads("Shop", "heading");
    await person.press("Rotate");
    await person.choose("How long the present one works on", "not at all");
    await person.press("Rotate");
    const next = await person.has("Key");
    expect(next !== key && await check(next) === "allowed", "the key that was rotated in is not let pass");
    expect(await check(key) !== "allowed", "the key that was rotated out is let pass");
    await person.press("Revoke");
    await person.press("Revoke");
    await person.reads("revoked");
    await person.press("Delete");
    await person.press("Delete");
    await person.reads("Keys", "heading");
    expect(await check(next) !== "allowed", "a revoked key is let pass");
    await person.leave();
}

// Somebody new, what he sees, and the end of all that he has.
export async function people() {
    const person = await (await fresh()).signIn(admin);
    await person.open("People");
    await person.press("Add somebody");
    await person.fill("User name", "ada");
    await person.press("Add");
    const password = await person.has("Password");
    const ada = await (await fresh()).signIn({ ...admin, user: "ada", password });
    await ada.open("Keys");
    await ada.readsNot("Create a key");
    await ada.open("People");
    await ada.readsNot("Add somebody");

    await person.pressIn("ada", "Change");
    await person.press("Make a new password");
    await person.press("Make one");
    const second = await person.has("Password");
    expect(second !== password, "the password is the same");
    // Whoever had the old one is signed out, and told so by the page of signing in.
    await ada.page.locator("#menu").getByRole("link", { name: "Overview" }).click();
    await ada.reads("Sign in", "button");
    await ada.leave();

    await person.pressIn("ada", "Change");
    await person.press("Change role and data");
    await person.tick("Key manager");
    await person.fill("E-mail", "ada@example.com");
    await person.press("Save");
    await person.reads("ada@example.com");
    await person.pressIn("ada", "Change");
    await person.press("Disable");
    await person.press("Disable");
    await person.reads("disabled");
    await person.pressIn("ada", "Change");
    await person.press("Delete");
    await person.press("Delete");
    await person.page.getByText("ada@example.com").waitFor({ state: "detached" });
    await person.leave();
}

// Which web pages may call, as a page of theirs finds out.
export async function settings() {
    const person = await (await fresh()).signIn(admin);
    await person.open("Settings");
    await person.press("Change");
    await person.fill("Origins, one a line", "*");
    await person.press("Save");
    await person.page.locator("dialog [aria-invalid]").waitFor();
    await person.fill("Origins, one a line", "https://shop.example.com");
    await person.press("Save");
    await person.reads("Saved. It counts");
    const allowed = async () => {
        const response = await fetch(`${BASE}/v1/keys`, { headers: { origin: "https://shop.example.com" } });
        return response.headers.get("access-control-allow-origin");
    };
    expect(await allowed() === "https://shop.example.com", "the page is not let in");
    await person.press("Let none in");
    await person.press("Take away");
    await person.reads("browsers keep every page of another origin out");
    expect(await allowed() === null, "the page is still let in");
    await person.leave();
}

// A browser that is closed while it makes a key: the key is there, and its owner can have another secret.
export async function abandoned() {
    const person = await (await fresh()).signIn(admin);
    await person.open("Keys");
    await person.press("Create a key");
    await person.fill("Name", "Lost");
    await person.fill("Permissions", "nexus:consumer:*");
    const made = person.page.waitForResponse((response) => response.request().method() === "POST");
    await person.press("Create");
    await made;
    await person.leave();
    const again = await (await fresh()).signIn(admin);
    await again.open("Keys");
    await again.follow("Lost");
    await again.press("Rotate");
    await again.choose("How long the present one works on", "not at all");
    await again.press("Rotate");
    // Nor is a secret lost by going back.
    await again.reads("I have copied it", "button");
    await again.page.goBack();
    expect(await check(await again.has("Key")) === "allowed", "the key that was rotated in is not let pass");
    await again.leave();
}

// An App Space, a service of it, and all that becomes of its credential.
export async function appSpaces() {
    const person = await (await fresh()).signIn(admin);
    await person.open("App Spaces");
    await person.reads("No App Spaces yet", "heading");
    await person.press("Create New App Space");
    await person.fill("Name", SCRIPT);
    await person.tick("Simple");
    await person.fill("Public addresses", "https://api.example.com");
    await person.press("Save");
    await person.reads(SCRIPT, "heading");
    await person.press("Create New");
    await person.fill("Name", "Orders");
    await person.tick("Basic");
    await person.fill("What it may do", "shop:orders:*");
    await person.fill("Callback addresses", "ftp://nowhere");
    await person.press("Create Request Origin");
    await person.page.locator("dialog [aria-invalid]").waitFor();
    await person.fill("Callback addresses", "https://shop.example.com/done/{*}");
    await person.press("Create Request Origin");
    const guid = await person.takes("User Id");
    const first = await person.has("Secret");
    expect(await basic(guid, first) === "allowed", "the new origin is refused");
    await person.follow("Orders");
    await person.press("Rotate or switch");
    await person.tick("Basic");
    await person.choose("How long the present one works on", "an hour");
    await person.press("Generate");
    const second = await person.has("Secret");
    for (const secret of [first, second]) {
        expect(await basic(guid, secret) === "allowed", "a credential is refused while both work");
    }
    await person.reads("which works until");
    await person.press("Disable");
    await person.press("Disable");
    await person.reads("Enable", "button");
    expect(await basic(guid, second) !== "allowed", "a disabled origin is let pass");
    await person.press("Enable");
    await person.press("Enable");
    await person.reads("Disable", "button");
    await person.press("Revoke");
    await person.press("Revoke");
    await person.reads("revoked");
    expect(await basic(guid, second) !== "allowed", "what was revoked is let pass");
    await person.follow("Its App Space");
    await provider(person);
    await person.press("Delete this App Space");
    await person.fill("Type The shop", "The shop");
    await person.press("Delete");
    await person.reads("No App Spaces yet", "heading");
    await person.leave();
}

// Another provider takes the place of the simple one.
async function provider(person) {
    await person.press("Change");
    await person.fill("Name", "The shop");
    await person.press("Save");
    await person.reads("The shop", "heading");
    await person.press("Use OpenID Connect");
    await person.fill("Provider's name", "Example");
    await person.fill("Discovery URL", "http://10.0.0.1/.well-known/openid-configuration");
    await person.fill("Client id", "wardgate");
    await person.press("Save");
    await person.page.locator("dialog [aria-invalid]").waitFor();
    await person.fill("Discovery URL", "https://id.example.com/.well-known/openid-configuration");
    await person.press("Save");
    await person.reads("OpenID Connect: Example");
}

async function basic(guid, secret) {
    const authorization = `Basic ${btoa(`${guid}:${secret}`)}`;
    const body = JSON.stringify({ headers: { authorization }, permission: "shop:orders:write" });
    const response = await fetch(`${BASE}/v1/check`, { method: "POST", body });
    return (await response.json()).code;
}
