// Somebody at the portal with a real browser: what he reads, fills in and presses, by the names that are written there.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.cwd()}/`);
const { chromium } = require("playwright-core");

export const BASE = process.env.BASE;
const CHROMIUM = process.env.CHROMIUM;
// How long anything may take to be seen, in milliseconds.
const PATIENCE_MS = 120_000;

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let launched;

// Asks the test for something that only it can do.
export async function request(line) {
    console.log(line);
    return (await answers.next()).value;
}

export async function close() {
    await launched?.close();
    process.stdin.destroy();
}

// A page of a browser of its own, as somebody has it before he signed in.
export async function fresh(options = {}) {
    // Everybody in the test's container is root, for whom the browser has no sandbox of its own.
    launched ??= await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    const context = await launched.newContext({ viewport: { width: 1280, height: 860 }, baseURL: BASE, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.on("pageerror", (error) => fail(`the page failed: ${error.stack}`));
    page.on("dialog", (dialog) => fail(`something opened a dialog of the browser's own: ${dialog.message()}`));
    return new Person(page);
}

export function fail(why) {
    console.error(why);
    process.exit(1);
}

export function expect(condition, why) {
    if (!condition) {
        fail(why);
    }
}

export class Person {
    constructor(page) {
        this.page = page;
    }

    async signIn({ tenant, user, password }) {
        await this.page.goto("/portal");
        await this.fill("Tenant", tenant ?? "");
        await this.fill("User name", user);
        await this.fill("Password", password);
        await this.press("Sign in");
        await this.page.locator("#screen").waitFor();
        await this.shown();
        return this;
    }

    // The screen is there, with all that it loads.
    async shown() {
        await this.page.locator("#screen:not([aria-busy]) h1").waitFor();
    }

    async open(title) {
        await this.follows(this.page.locator("#menu").getByRole("link", { name: title, exact: true }));
        await this.reads(title, "heading");
    }

    async follows(link, how = () => link.click()) {
        await this.visits(await link.evaluate((followed) => followed.hash), how);
    }

    // Goes to the screen at `hash` as `how` does, and waits for it: the one before stays for a moment.
    async visits(hash, how = () => this.page.evaluate((to) => { location.hash = to; }, hash)) {
        await this.page.evaluate((to) => {
            document.querySelector("#screen").dataset.left = String(to !== location.hash);
        }, hash);
        await how();
        await this.page.locator("#screen:not([data-left=true])").waitFor();
        await this.shown();
    }

    // The window on top, or the page.
    async front() {
        const dialog = this.page.locator("dialog[open]").last();
        return await dialog.count() > 0 ? dialog : this.page.locator("body");
    }

    async fill(label, value) {
        const written = "input:not([type=radio], [type=checkbox]), textarea";
        await (await this.finds(label, (front) => front.locator(written).and(front.getByLabel(label)))).fill(value);
    }

    async choose(label, text) {
        await (await this.finds(label, (front) => front.getByLabel(label))).selectOption({ label: text });
    }

    async tick(label) {
        await (await this.finds(label, (front) => front.getByLabel(label))).check();
    }

    async press(name) {
        await (await this.finds(name, (front) => front.getByRole("button", { name, exact: true }))).click();
    }

    async follow(name) {
        const link = await this.finds(name, (front) => front.getByRole("link", { name, exact: true }));
        await this.follows(link);
    }

    // Presses a button in the row that says `text`.
    async pressIn(text, name) {
        const row = this.page.getByRole("row").filter({ hasText: text }).first();
        await row.getByRole("button", { name, exact: true }).click();
    }

    async reads(text, role) {
        await this.finds(text, (front) => (role ? front.getByRole(role, { name: text }) : front.getByText(text)));
    }

    // Waits for something in front, whichever window that is by then.
    async finds(what, within) {
        for (const until = Date.now() + PATIENCE_MS; ;) {
            const front = await this.front();
            const found = within(front).first();
            if (await found.isVisible()) {
                return found;
            }
            if (Date.now() > until) {
                throw new Error(`${what} is nowhere to be found in: ${await front.innerText()}`);
            }
            await this.page.waitForTimeout(25);
        }
    }

    // Waits until `is` answers `expected`.
    async comes(expected, is, why) {
        for (const until = Date.now() + PATIENCE_MS; ;) {
            const seen = await is();
            if (seen === expected) {
                return;
            }
            expect(Date.now() < until, `${why}: ${seen}`);
            await this.page.waitForTimeout(25);
        }
    }

    // What is never there, whatever one waits for.
    async readsNot(text) {
        await this.shown();
        expect(await this.page.getByText(text, { exact: true }).count() === 0, `${text} is on the page`);
    }

    // The value beside a Copy button, which is then closed.
    async takes(name) {
        await this.reads("I have copied it", "button");
        const value = await (await this.front()).getByLabel(name, { exact: true }).first().inputValue();
        return value;
    }

    async has(name) {
        const value = await this.takes(name);
        await this.press("I have copied it");
        await this.shown();
        return value;
    }

    async leave() {
        await this.page.context().close();
    }
}
