// Journeys about whoever is signed in: his password, his session, and what is asked of him before he changes something.

import { expect, fresh, request } from "./browser.mjs";
import { admin } from "./people.mjs";

// The password again after five minutes; a wrong one changes nothing.
export async function confirmation() {
    const person = await (await fresh()).signIn(admin);
    await request("advance 300");
    await person.open("Keys");
    await person.press("Create a key");
    await person.fill("Name", "Later");
    await person.fill("Permissions", "nexus:consumer:chat");
    await person.press("Create");
    await person.reads("Your password, please", "heading");
    await person.fill("Password", "a guess");
    await person.press("Go on");
    await person.reads("That is not the password");
    await person.fill("Password", admin.password);
    await person.press("Go on");
    expect((await person.has("Key")).startsWith("wg_live_"), "no key");
    // Whoever does not want to show it changes nothing.
    await request("advance 300");
    await person.press("Create a key");
    await person.fill("Name", "Never");
    await person.fill("Permissions", "nexus:consumer:chat");
    await person.press("Create");
    await person.reads("Your password, please", "heading");
    await person.press("Cancel");
    await person.reads("the password must be shown again");
    await person.press("Cancel");
    await person.readsNot("Never");
    await person.leave();
}

// A session that ends while its page is open.
export async function expiry() {
    const person = await (await fresh()).signIn(admin);
    await request("advance 1801");
    await person.page.locator("#menu").getByRole("link", { name: "Keys" }).click();
    await person.reads("Sign in", "button");
    await person.leave();
}

// A new password, and a way out.
export async function password() {
    const person = await (await fresh()).signIn(admin);
    await person.follow(admin.user);
    await person.fill("Password that you have", "a guess");
    await person.fill("New password", "a much longer one 17");
    await person.fill("New password, once more", "another");
    await person.press("Change it");
    await person.reads("Must be the same as above");
    await person.fill("New password, once more", "a much longer one 17");
    await person.press("Change it");
    await person.reads("Is not the password that you have");
    await person.fill("Password that you have", admin.password);
    await person.press("Change it");
    await person.reads("The password is changed");
    await person.open("Keys");
    await person.press("Sign out");
    await person.reads("Sign in", "button");
    // Nor is anybody in after that.
    await person.page.reload();
    await person.reads("Sign in", "button");
    await person.fill("Tenant", admin.tenant);
    await person.fill("User name", admin.user);
    await person.fill("Password", admin.password);
    await person.press("Sign in");
    await person.reads("That is no user with that password here");
    await person.leave();
    await (await (await fresh()).signIn({ ...admin, password: "a much longer one 17" })).leave();
}

// The page by keys alone: from the skip link to a window and back.
export async function keyboard() {
    const person = await (await fresh()).signIn(admin);
    const { page } = person;
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    const keys = page.locator("#menu").getByRole("link", { name: "Keys" });
    await person.follows(keys, () => keys.press("Enter"));
    await person.comes("Keys", focused, "the heading of a new screen is not where reading begins");
    await page.keyboard.press("Tab");
    await person.comes("Create a key", focused, "not the first button");
    await page.keyboard.press("Enter");
    await person.comes("name", () => page.evaluate(() => document.activeElement.name), "the first field has no focus");
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await person.comes("Create a key", focused, "the focus did not come back");
    await person.leave();
}
