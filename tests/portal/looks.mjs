// How all screens look: axe-core finds nothing grave, in light, dark and on a phone; and pictures of them for the docs.

import { readFileSync } from "node:fs";
import { BASE, expect, fresh, request } from "./browser.mjs";
import { admin, operator } from "./people.mjs";

const AXE = readFileSync(`${process.cwd()}/node_modules/axe-core/axe.min.js`, "utf8");

const KINDS = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["a phone", { colorScheme: "light", viewport: { width: 390, height: 844 } }],
];

// What is grave on the page as it is now.
async function faults(page) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    return grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
}

// Every screen of the menu, and its first thing where there is a list; the windows that make something.
export async function accessibility() {
    for (const [kind, options] of KINDS) {
        for (const who of [admin, operator]) {
            // The tool itself is no page of ours: it alone goes past the policy of the page.
            const person = await fresh({ ...options, bypassCSP: true });
            const { page } = person;
            const found = [];
            const look = async (what) => found.push(...(await faults(page)).map((fault) => `${what}, ${kind}: ${fault}`));
            await page.goto("/portal");
            await page.locator("#sign-in").waitFor();
            await look("signing in");
            await person.signIn(who);
            const screens = await page.locator("#menu a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
            expect(screens.length >= 5, `screens: ${screens}`);
            for (const address of [...screens, screens[0].replace("overview", "password")]) {
                await person.visits(address);
                await look(address);
                await lookInside(person, look, address);
            }
            expect(found.length === 0, found.join("\n"));
            await person.leave();
        }
    }
}

async function lookInside(person, look, address) {
    const { page } = person;
    const make = page.locator("#screen .head button.primary").first();
    if (await make.count() > 0) {
        await make.click();
        await page.locator("dialog[open]").waitFor();
        await look(`${address}, its window`);
        await page.keyboard.press("Escape");
        await page.locator("dialog").waitFor({ state: "detached" });
    }
    const first = page.locator("#screen tbody a").first();
    if (await first.count() > 0) {
        await person.follows(first);
        await look(`${address}, its first thing`);
    }
}

const PICTURES = process.env.PICTURES;

// The pictures of docs/PORTAL.md, of a tenant that has something to show.
export async function pictures() {
    const person = await fresh({ viewport: { width: 1200, height: 760 }, colorScheme: "light" });
    const { page } = person;
    const picture = async (name, options = {}) => {
        await page.evaluate(() => document.getElementById("toasts").replaceChildren());
        await page.screenshot({ path: `${PICTURES}/${name}.png`, ...options });
    };
    await page.goto("/portal");
    await page.locator("#sign-in").waitFor();
    await picture("sign-in");
    await person.signIn(admin);
    await picture("overview");
    const secret = await furnish(person, picture);
    await person.open("Keys");
    await picture("keys");
    await person.open("Policies");
    await person.follow("consumer-chat");
    await picture("policy");
    await person.open("Try a call");
    await person.fill("API key", secret);
    await person.fill("Other headers", "Origin: https://evil.example.net");
    await person.press("See what would happen");
    await person.reads("It would be refused", "heading");
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(600);
    await picture("try-a-call", { fullPage: true });
    await person.open("App Spaces");
    await person.press("Create New App Space");
    await person.fill("Name", "The shop");
    await person.fill("Public addresses", "https://api.example.com");
    await person.press("Save");
    await person.reads("The shop", "heading");
    await person.press("Create New");
    await person.fill("Name", "Orders");
    await person.fill("What it may do", "shop:orders:*");
    await person.press("Create Request Origin");
    await person.reads("I have copied it", "button");
    await picture("origin");
    await person.press("I have copied it");
    await person.leave();
    await ofCluster();
    await usage(secret);
}

// Keys of several kinds; the secret of the first.
async function furnish(person, picture) {
    let first;
    for (const [name, permissions] of [["Shop", "nexus:consumer:chat"], ["Reports", "nexus:*"], ["Nightly export", "nexus:designer:read\nnexus:consumer:read"]]) {
        await person.open("Keys");
        await person.press("Create a key");
        await person.fill("Name", name);
        await person.fill("Permissions", permissions);
        if (!first) {
            await picture("create-a-key");
        }
        await person.press("Create");
        await person.reads("I have copied it", "button");
        first ??= await person.takes("Key");
        await person.press("I have copied it");
    }
    return first;
}

async function ofCluster() {
    for (const [name, options] of [["cluster-dark", { viewport: { width: 1200, height: 680 }, colorScheme: "dark" }],
        ["phone", { viewport: { width: 390, height: 760 }, colorScheme: "light" }]]) {
        const person = await (await fresh(options)).signIn(name === "phone" ? admin : operator);
        await person.visits(`#/${encodeURIComponent(name === "phone" ? admin.tenant : "*")}/${name === "phone" ? "keys" : "tenants"}`);
        await person.reads(name === "phone" ? "Keys" : "Tenants", "heading");
        await person.page.screenshot({ path: `${PICTURES}/${name}.png` });
        await person.leave();
    }
}

// An hour of calls, at the end: the server's clock is ahead of the browser's from then on.
async function usage(secret) {
    const cluster = await (await fresh()).signIn(operator);
    await cluster.visits(`#/${encodeURIComponent("*")}/tenants/${admin.tenant}`);
    await cluster.press("Change");
    await cluster.fill("Calls of all keys together", "600");
    await cluster.press("Save");
    await cluster.reads("Saved. It counts");
    await cluster.leave();
    const asks = (many, permission, headers = {}) => Array(Math.round(many)).fill({ headers: { "x-api-key": secret, ...headers }, permission });
    for (let minute = 0; minute < 60; minute += 1) {
        if (minute > 0) {
            await request("advance 60");
        }
        const wave = 24 + 13 * Math.sin(minute / 8) + (minute * 7) % 5;
        const all = [
            ...asks(wave * (minute > 40 && minute < 44 ? 10 : 1), "nexus:consumer:chat"),
            ...asks(minute % 6 === 0 ? 2 : 0, "nexus:designer:write"),
            ...asks(minute > 18 && minute < 26 ? 7 : minute % 4 === 1 ? 1 : 0, "nexus:consumer:chat", { origin: "https://evil.example.net" }),
        ];
        for (let at = 0; at < all.length; at += 50) {
            await fetch(`${BASE}/v1/check`, { method: "POST", body: JSON.stringify(all.slice(at, at + 50)) });
        }
    }
    const person = await (await fresh({ viewport: { width: 1200, height: 760 }, colorScheme: "light" })).signIn(admin);
    await person.open("Usage");
    await person.reads("Refused", "heading");
    await person.page.screenshot({ path: `${PICTURES}/usage.png`, fullPage: true });
    await person.leave();
}
