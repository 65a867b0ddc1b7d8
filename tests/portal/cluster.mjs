// Journeys of whoever runs the cluster.

import { expect, fresh } from "./browser.mjs";
import { operator } from "./people.mjs";

// A tenant from its making to its end.
export async function tenants() {
    const person = await (await fresh()).signIn(operator);
    await person.open("Tenants");
    await person.press("Make a tenant");
    await person.fill("Name", "Acme");
    await person.press("Make it");
    await person.reads("Acme", "heading");
    await person.press("Change routes");
    await person.fill("Routes", "POST /orders shop:orders:write\nnonsense");
    await person.press("Save");
    await person.page.locator("dialog .message.error, dialog [aria-invalid]").first().waitFor();
    await person.fill("Routes", "POST /orders shop:orders:write");
    await person.press("Save");
    await person.reads("shop:orders:write");
    await person.press("Change");
    await person.fill("Keys at most", "7");
    await person.press("Save");
    await person.reads("Saved. It counts");
    await person.press("Suspend");
    await person.fill("Type Acme", "acme");
    await person.press("Suspend");
    await person.reads("Must be Acme");
    await person.fill("Type Acme", "Acme");
    await person.press("Suspend");
    await person.reads("Put into service", "button");
    await person.press("Put into service");
    await person.press("Put into service");
    await person.reads("Suspend", "button");
    // Its own things, by the chooser.
    await person.follow("Open its things");
    await person.open("Keys");
    await person.reads("No keys yet", "heading");
    await person.choose("Whose things are shown", "The cluster");
    await person.shown();
    await person.open("Tenants");
    await person.follow("Acme");
    await person.press("Delete this tenant");
    await person.fill("Type Acme", "Acme");
    await person.press("Delete");
    await person.reads("Tenants", "heading");
    await person.page.getByRole("link", { name: "Acme" }).waitFor({ state: "detached" });
    await person.leave();
}

// An OAuth client.
export async function clients() {
    const person = await (await fresh()).signIn(operator);
    await person.open("OAuth clients");
    await person.press("Register a client");
    await person.fill("Id", "desk");
    await person.fill("Addresses that browsers", "ftp://nowhere");
    await person.press("Register");
    await person.page.locator("dialog [aria-invalid], dialog .message.error").first().waitFor();
    await person.fill("Addresses that browsers", "https://desk.example.com/in");
    await person.press("Register");
    const secret = await person.has("Client secret");
    expect(secret.length >= 16, `${secret} is no secret`);
    await person.follow("desk");
    await person.press("New secret");
    await person.press("Make one");
    expect(await person.has("Client secret") !== secret, "the secret is the same");
    await person.press("Change");
    await person.fill("Name", "The desk");
    await person.press("Save");
    await person.reads("The desk", "heading");
    await person.press("Delete");
    await person.fill("Type desk", "desk");
    await person.press("Delete");
    await person.reads("OAuth clients", "heading");
    await person.page.getByText("The desk").waitFor({ state: "detached" });
    await person.leave();
}

// Keys of gateways: the first, a second beside it, and their end.
export async function communication() {
    const person = await (await fresh()).signIn(operator);
    await person.open("Communication Server");
    await person.reads("None yet");
    await person.press("Update Credentials");
    await person.press("Generate Credentials");
    const first = await person.has("Key");
    await person.reads(`…${first.slice(-4)}`);
    await person.press("Update Credentials");
    await person.choose("How long the present one works on", "an hour");
    await person.press("Generate Credentials");
    expect(await person.has("Key") !== first, "the key is the same");
    await person.reads("works until");
    await person.press("Remove all keys");
    await person.press("Remove");
    await person.reads("None yet");
    await person.leave();
}
