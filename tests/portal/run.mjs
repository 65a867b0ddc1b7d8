// Runs journeys by name and says which are done, line by line; the first that fails ends all.

import { close, fail } from "./browser.mjs";
import * as access from "./access.mjs";
import * as account from "./account.mjs";
import * as bootstrap from "./bootstrap.mjs";
import * as cluster from "./cluster.mjs";
import * as foreign from "./foreign.mjs";
import * as looks from "./looks.mjs";
import * as policies from "./policies.mjs";
import * as provider from "./provider.mjs";

const JOURNEYS = {
    ...access, ...account, ...bootstrap, ...cluster, ...foreign, ...looks, ...policies, ...provider,
};

for (const name of process.argv.slice(2)) {
    try {
        await JOURNEYS[name]();
    } catch (error) {
        fail(`${name}: ${error.stack}`);
    }
    console.log(`done ${name}`);
}
await close();
