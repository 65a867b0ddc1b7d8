// What a page of somebody else can make the browser of an admin do who is signed in: nothing that is changed or read. It is
// tried from another site, and from another origin of the same site, to which the session's cookie is sent.

import { createServer } from "node:http";

import { BASE, expect, fresh } from "./browser.mjs";
import { admin } from "./people.mjs";

const WRITING = ["/v1/keys", "/v1/users", "/portal/session", "/portal/session/confirm", "/v1/app-spaces"];
const READING = ["/v1/keys", "/v1/users", "/portal/session"];
const NEW_KEY = { name: "evil", permissions: ["nexus:consumer:chat"] };

// A page with nothing on it, at two names: the second is of the portal's own site.
async function somebodyElse() {
    const server = createServer((_, response) => {
        response.setHeader("content-type", "text/html");
        response.end("<!doctype html><title>Kittens</title>");
    });
    await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
    const { port } = server.address();
    return { origins: [`http://localhost:${port}`, `http://127.0.0.1:${port}`], close: () => server.close() };
}

// What the portal's own page sees of keys, people and the log.
function kept(person) {
    return person.page.evaluate(async () => {
        const read = async (where) => (await fetch(where, { headers: { "x-wardgate-portal": "1" } })).json();
        const [{ keys }, { users }, { entries }] = await Promise.all(["/v1/keys", "/v1/users", "/v1/audit"].map(read));
        return JSON.stringify([keys, users, entries]);
    });
}

export async function foreign() {
    const person = await (await fresh()).signIn(admin);
    const before = await kept(person);
    const evil = await somebodyElse();
    for (const origin of evil.origins) {
        await triesAll(person, origin);
        expect(await kept(person) === before, `something was changed from ${origin}`);
    }
    evil.close();
    await person.open("Keys");
    await person.press("Create a key");
    await person.fill("Name", "Own");
    await person.fill("Permissions", "nexus:consumer:chat");
    await person.press("Create");
    expect((await person.has("Key")).startsWith("wg_live_"), "the session works no more");
    await person.leave();
}

async function triesAll(person, origin) {
    const page = await person.page.context().newPage();
    const answered = [];
    page.on("response", (response) => {
        if (response.url().startsWith(BASE)) {
            answered.push([response.request().method(), response.url().slice(BASE.length), response.status()]);
        }
    });
    await page.goto(origin);
    for (const path of WRITING) {
        for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
            await page.evaluate(posts, [BASE + path, type, JSON.stringify(NEW_KEY)]);
        }
        for (const attempt of [...ATTEMPTS, { ...ATTEMPTS[0], method: "DELETE" }]) {
            const seen = await page.evaluate(fetches, [BASE + path, attempt, JSON.stringify(NEW_KEY)]);
            expect(seen === "", `${origin} reads ${path}: ${seen}`);
        }
    }
    const posted = answered.filter(([method]) => method === "POST");
    expect(posted.length >= 3 * WRITING.length, `only ${JSON.stringify(posted)} came from ${origin}`);
    expect(posted.every(([, , status]) => status >= 400), `from ${origin}: ${JSON.stringify(posted)}`);
    for (const path of READING) {
        for (const name of ["img", "script"]) {
            const ended = await page.evaluate(loads, [BASE + path, name]);
            expect(ended === "error", `${origin} loads ${path} as ${name}`);
        }
        const seen = await page.evaluate(fetches, [BASE + path, { mode: "cors", method: "GET" }, null]);
        expect(seen === "", `${origin} reads ${path}: ${seen}`);
    }
    await frames(page, origin);
    await opens(page, origin);
    await page.close();
}

const ATTEMPTS = [
    { mode: "cors", method: "POST", headers: { "content-type": "application/json", "x-wardgate-portal": "1" } },
    { mode: "cors", method: "POST", headers: { "content-type": "text/plain" } },
    { mode: "no-cors", method: "POST", headers: { "content-type": "text/plain" } },
];

// A form that nobody sees. As plain text it is what was to be sent, but for a member more.
function posts([to, type, text]) {
    const form = document.createElement("form");
    const field = document.createElement("input");
    const [begin, end] = [`${text.slice(0, -1)},"more":"`, "\"}"];
    Object.assign(form, { method: "post", enctype: type, action: to, target: "hidden", hidden: true });
    Object.assign(field, { name: begin, value: end });
    const frame = document.createElement("iframe");
    frame.name = "hidden";
    form.append(field);
    document.body.append(frame, form);
    const answered = new Promise((done) => frame.addEventListener("load", done, { once: true }));
    form.submit();
    return answered.then(() => {
        frame.remove();
        form.remove();
    });
}

// What it reads of the answer.
async function fetches([to, { mode, method, headers }, body]) {
    try {
        const answer = await fetch(to, { mode, method, headers, body: body ?? undefined, credentials: "include" });
        return await answer.text();
    } catch {
        return "";
    }
}

function loads([from, name]) {
    return new Promise((done) => {
        const element = document.createElement(name);
        element.onload = () => done("load");
        element.onerror = () => done("error");
        element.src = from;
        document.body.append(element);
    });
}

async function frames(page, origin) {
    await page.evaluate((from) => new Promise((done) => {
        const frame = document.createElement("iframe");
        frame.onload = done;
        frame.src = from;
        document.body.append(frame);
    }), `${BASE}/portal`);
    const framed = page.frames().map((frame) => frame.url()).filter((url) => url.startsWith(BASE));
    expect(framed.length === 0, `${origin} frames ${framed}`);
}

// The portal opens, for the person: the page that opened it has no hold of it.
async function opens(page, origin) {
    const opened = page.context().waitForEvent("page");
    await page.evaluate((to) => { window.held = window.open(to); }, `${BASE}/portal`);
    const portal = await opened;
    await portal.locator("#screen:not([aria-busy]) h1").waitFor();
    const seen = await page.evaluate(() => {
        try {
            return window.held.closed ? "" : `${window.held.length} ${window.held.document.body.innerText}`;
        } catch {
            return "";
        }
    });
    expect(seen === "", `${origin} reads the portal: ${seen}`);
    await page.evaluate(() => window.held.close());
    expect(!portal.isClosed(), `${origin} closes the portal`);
    await portal.close();
}
