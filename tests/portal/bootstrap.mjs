// The way of whoever has nothing yet: a credential of the command line, a key for gateways, an App Space with a Request
// Origin, and a call that its service signs and that is let pass.

import { createHmac } from "node:crypto";
import { expect, fresh, request } from "./browser.mjs";
import { operator } from "./people.mjs";

// Under which the service is reached, and what its call needs.
const ADDRESS = "https://api.example.com";
const PERMISSION = "shop:orders:write";

// What the credential manager printed signs in once, and is nowhere to be read afterwards.
export async function link() {
    const code = await request("link");
    const person = await fresh();
    await person.page.goto(`/portal#link=${code}`);
    await person.reads("The cluster", "heading");
    expect(!person.page.url().includes(code), "the code of the link is still in the address");
    await person.page.reload();
    await person.reads("The cluster", "heading");
    await person.leave();
    const other = await fresh();
    await other.page.goto(`/portal#link=${code}`);
    await other.reads("Sign in", "button");
    await other.leave();
}

export async function bootstrap() {
    const person = await (await fresh()).signIn(operator);
    await person.open("Communication Server");
    await person.press("Update Credentials");
    await person.press("Generate Credentials");
    expect((await person.has("Key")).length >= 22, "that is no key");
    await person.choose("Whose things are shown", "premise_tenant");
    await person.shown();
    await person.open("App Spaces");
    await person.press("Create New App Space");
    await person.fill("Name", "The shop");
    await person.tick("Simple");
    await person.fill("Public addresses", ADDRESS);
    await person.press("Save");
    await person.reads("The shop", "heading");
    await person.press("Create New");
    await person.fill("Name", "Orders");
    await person.fill("What it may do", PERMISSION);
    await person.press("Create Request Origin");
    const [guid, secret] = [await person.takes("User Id"), await person.takes("Secret")];
    await person.has("Secret");
    await person.leave();

    // Now that all is configured, the server is started.
    const server = await request("serve");
    expect((await check(server, signed(guid, secret))) === "allowed", "what the origin signed is refused");
    expect((await check(server, signed(guid, `${secret}x`))) !== "allowed", "what somebody else signed is let pass");
}

function signed(guid, secret) {
    const [method, path, body, at] = ["POST", "/orders", "{\"amount\": 1}", Date.now()];
    const text = `${method}${ADDRESS}${path}${at}${guid}${body}`;
    const signature = createHmac("sha256", secret).update(text).digest("base64");
    const authorization = `CX1-HMAC-SHA256,${guid}/${at},${signature}`;
    return { headers: { authorization }, method, path, body, permission: PERMISSION };
}

async function check(server, ask) {
    const response = await fetch(`${server}/v1/check`, { method: "POST", body: JSON.stringify(ask) });
    return (await response.json()).code;
}
