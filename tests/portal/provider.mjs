// Journeys of somebody who has no password of ours: he signs in at his identity provider, which is another site, and shows
// there that it is still he.

import { expect, fresh, request } from "./browser.mjs";
import { admin } from "./people.mjs";

// What the provider's own page asks.
async function saysWho(tab, name) {
    await tab.getByRole("heading", { name: "Who are you?" }).waitFor();
    await tab.getByLabel("Name").fill(name);
    await tab.getByRole("button", { name: "Continue" }).click();
}

async function presses(person, name) {
    await (await person.finds(name, (front) => front.getByRole("link", { name }))).click();
}

// Goes to the provider from the window that asks, and says there that he is `name`: the tab where that was.
async function showsThere(person, name) {
    const opened = person.page.context().waitForEvent("page");
    await presses(person, "Show it at A real one");
    const tab = await opened;
    await tab.getByRole("heading", { name: "Who are you?" }).waitFor();
    expect(await tab.evaluate(() => window.opener === null), "the provider has hold of the portal's window");
    await saysWho(tab, name);
    return tab;
}

// Signs in there, in a browser of his own.
async function signsIn(name) {
    const person = await fresh();
    await person.page.goto("/portal");
    await person.fill("Tenant", admin.tenant);
    await presses(person, "Sign in with A real one");
    await saysWho(person.page, name);
    return person;
}

export async function atProvider() {
    const stranger = await signsIn("stranger");
    await stranger.reads("nobody here is known by that");
    await stranger.leave();
    const person = await signsIn(admin.user);
    await person.page.locator("#screen").waitFor();
    await person.shown();

    await request("advance 300");
    await person.open("Keys");
    await person.press("Create a key");
    await person.fill("Name", "Confirmed elsewhere");
    await person.fill("Permissions", "nexus:consumer:chat");
    await person.press("Create");
    await person.reads("Show that it is you", "heading");
    // Somebody else confirms nothing, and what was filled in stays.
    const wrong = await showsThere(person, "somebody");
    await wrong.getByText("the provider names somebody else").waitFor();
    await wrong.close();
    await person.reads("Show that it is you", "heading");
    const tab = await showsThere(person, admin.user);
    expect((await person.has("Key")).startsWith("wg_live_"), "no key");
    await person.reads("Confirmed elsewhere");
    expect(tab.isClosed() || !tab.url().includes("code"), "the code stays in the address");
    await person.leave();
}
