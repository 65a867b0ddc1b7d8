// Journeys through what is decided: policies in versions, and why a call would pass.

import { BASE, expect, fresh } from "./browser.mjs";
import { admin, operator } from "./people.mjs";

const COMPONENT = process.env.COMPONENT;

async function key(person) {
    await person.open("Keys");
    await person.press("Create a key");
    await person.fill("Name", "For policies");
    await person.fill("Permissions", "shop:orders:*");
    await person.press("Create");
    return person.has("Key");
}

async function decide(secret) {
    const body = JSON.stringify({ headers: { "x-api-key": secret }, permission: "shop:orders:write" });
    const response = await fetch(`${BASE}/v1/check`, { method: "POST", body });
    return response.json();
}

async function check(secret) {
    return (await decide(secret)).code;
}

// Cedar in the editor, a fault where it is, two versions, and all that can be found out about one before it decides.
export async function policies() {
    const person = await (await fresh()).signIn(admin);
    const secret = await key(person);
    expect(await check(secret) === "allowed", "refused without a policy");
    await person.open("Policies");
    await person.press("Add a policy");
    await person.fill("Name", "orders");
    await person.fill("Permissions that it answers for", "shop:orders:*");
    await person.fill("Rules in Cedar", "permit (principal, action");
    await person.press("Keep it");
    await person.reads("/policies:");
    await person.fill("Rules in Cedar", "permit (principal, action, resource);");
    await person.fill("Other settings, as JSON", "{");
    await person.reads("This is no JSON yet");
    await person.fill("Other settings, as JSON", "{}");
    await person.press("Keep it");
    await person.reads("Nothing of it is in force");
    await person.press("Put into force");
    await person.press("Put into force");
    await person.reads("Version 1 is in force");
    for (let call = 0; call < 3; call += 1) {
        expect(await check(secret) === "allowed", "the first version refuses");
    }

    await person.press("New version");
    await person.fill("Rules in Cedar", 'permit (principal, action, resource);\n@id("closed") forbid (principal, action, resource);');
    await person.press("Keep it");
    await person.reads("Version 2 is kept");
    await tried(person, "What it differs in", "/policies");
    await tried(person, "Replay the latest decisions", "It would change 4 decisions", "Replay");
    await cases(person);
    // What would change decisions is not put into force without a word.
    await person.pressIn("2", "Put into force");
    await person.press("Put into force");
    await person.page.locator("dialog .message.error").waitFor();
    await person.page.locator("dialog").getByLabel("First replay").uncheck();
    await person.press("Put into force");
    await person.reads("Version 2 is in force");
    expect(await check(secret) === "policy_denied", "the second version lets pass");
    await person.press("Roll back to 1");
    await person.press("Roll back");
    await person.reads("Version 1 is in force again");
    expect(await check(secret) === "allowed", "what was rolled back to refuses");
    await shadow(person, secret);
    await person.press("Delete this policy");
    await person.fill("Type orders", "orders");
    await person.press("Delete");
    await person.reads("Policies", "heading");
    await person.leave();
}

async function row(person, version) {
    const rows = person.page.getByRole("row").filter({ has: person.page.getByRole("cell", { name: version, exact: true }) });
    await rows.first().getByRole("button", { name: "Try", exact: true }).click();
}

async function tried(person, what, result, action) {
    await row(person, "2");
    await person.press(what);
    if (action) {
        await person.press(action);
    }
    await person.reads(result);
    await person.press("Close");
    await person.shown();
}

async function cases(person) {
    await row(person, "2");
    await person.press("Run cases");
    const ask = { tenant: admin.tenant, permission: "shop:orders:write", attributes: {} };
    await person.fill("Cases, as JSON", JSON.stringify([
        { name: "closed", ask, expect: { effect: "deny", reasons: ["closed"] } },
        { name: "open", ask, expect: { effect: "allow" } },
    ]));
    await person.press("Run");
    await person.reads("1 passed, 1 failed");
    await person.press("Close");
    await person.shown();
}

async function shadow(person, secret) {
    await row(person, "2");
    await person.press("Try it as a shadow");
    await person.fill("Calls in a hundred", "100");
    await person.press("Begin");
    await person.reads("Shadow: version 2", "heading");
    await check(secret);
    const seen = person.page.getByText("Decisions that would change");
    for (let tries = 0; await seen.count() === 0 && tries < 40; tries += 1) {
        await person.page.waitForTimeout(250);
        await person.press("Look again");
        await person.shown();
    }
    expect(await seen.count() > 0, "the shadow saw nothing");
    await person.press("End the shadow");
    await person.press("End it");
    await person.reads("The shadow is over");
}

// A component of one's own, sent with progress.
export async function upload() {
    const person = await (await fresh()).signIn(admin);
    await person.open("Policies");
    await person.press("Add a policy");
    await person.fill("Name", "own");
    await person.tick("A component of your own");
    await person.page.getByLabel("Component (.wasm)").setInputFiles(COMPONENT);
    await person.fill("Permissions that it answers for", "shop:pages:*");
    await person.fill("Settings, as JSON", '{"origins": ["https://shop.example.com"]}');
    await person.press("Keep it");
    await person.reads("own", "heading");
    await person.reads("Nothing of it is in force");
    await person.leave();
}

// Why a call would pass, and why not.
export async function explain() {
    const person = await (await fresh()).signIn(admin);
    const secret = await key(person);
    await person.open("Try a call");
    await person.fill("API key", secret);
    await person.fill("Permission", "shop:orders:write");
    await person.press("See what would happen");
    await person.reads("It would pass", "heading");
    await person.reads("shop:orders:*");
    await person.fill("Permission", "shop:refunds:write");
    await person.press("See what would happen");
    await person.reads("It would be refused", "heading");
    const stopped = person.page.locator(".walk .stopped");
    expect((await stopped.textContent()).includes("permission_not_granted"), `stopped at ${await stopped.textContent()}`);
    expect(await person.page.locator(".walk .not_reached").count() === 2, "steps that were not reached");
    await person.fill("Where it comes from", "nowhere");
    await person.press("See what would happen");
    await person.page.locator("form [aria-invalid], form .message.error").first().waitFor();
    await person.leave();
}

// The latest decisions, those that are wanted of them, and why one was let pass.
export async function decisions() {
    const person = await (await fresh()).signIn(admin);
    const secret = await key(person);
    const { id } = await decide(secret);
    await fetch(`${BASE}/v1/check`, { method: "POST", body: JSON.stringify({ headers: { "x-api-key": secret }, permission: "shop:refunds:write" }) });
    await person.open("Decisions");
    await person.reads("permission_not_granted");
    await person.choose("Effect", "let pass");
    await person.press("Show");
    await person.page.getByText("permission_not_granted").first().waitFor({ state: "detached" });
    // What comes while one looks.
    await person.fill("Permission", "shop:orders:write");
    await person.press("Show");
    const rows = person.page.locator("tbody tr");
    await rows.first().waitFor();
    const before = await rows.count();
    const looks = person.page.waitForRequest((asked) => asked.headers()["x-wardgate-unattended"] === "1");
    await person.tick("live");
    await looks;
    await decide(secret);
    await person.page.locator(`tbody tr >> nth=${before}`).waitFor();
    await person.page.goto(`/portal${person.page.url().split("/portal")[1]}/${id}`);
    await person.reads("A call that was let pass", "heading");
    expect(await person.page.locator(".walk .passed").count() === 6, "a step of a call that passed was not passed");
    await person.leave();
}

// How much was asked, as it is counted for the tenant's people and told to the cluster's.
export async function usage() {
    const person = await (await fresh()).signIn(admin);
    const secret = await key(person);
    await person.open("Usage");
    await person.reads("Nothing was decided", "heading");
    for (const permission of ["shop:orders:write", "shop:orders:read", "shop:orders:list", "shop:refunds:write"]) {
        await fetch(`${BASE}/v1/check`, { method: "POST", body: JSON.stringify({ headers: { "x-api-key": secret }, permission }) });
    }
    const drawn = (kind) => person.page.locator(`.chart .slot rect.${kind}`).count();
    for (const [title, slots] of [["Last 30 days", 30], ["Last day", 24], ["Last hour", 60]]) {
        await person.press(title);
        await person.comes(slots, () => person.page.locator(".chart .slot").count(), `bars of the ${title}`);
        await person.reads("3 let pass");
        await person.reads("1 refused");
        expect(await drawn("allow") === 1 && await drawn("deny") === 1, "other bars than there were decisions");
    }
    await person.reads("permission_not_granted", "cell");
    await person.reads("1 of 1,000");
    await person.page.getByText("The same as a table").click();
    await person.reads("permission_not_granted 1", "cell");
    await person.leave();
    const other = await (await fresh()).signIn(operator);
    await other.visits(`#/${admin.tenant}/usage`);
    await other.reads("3 let pass");
    await other.leave();
}

// What was changed, by whom, and that nobody changed what is written of it.
export async function audit() {
    const person = await (await fresh()).signIn(admin);
    await key(person);
    await person.open("Audit");
    await person.reads("key.created");
    await person.fill("Action", "portal");
    await person.press("Show");
    await person.page.getByText("key.created", { exact: true }).first().waitFor({ state: "detached" });
    await person.reads("portal.session_began");
    await person.press("Check the log");
    await person.reads("The log is whole");
    await person.leave();
}
