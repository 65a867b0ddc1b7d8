// Makes a component of a policy: node build.mjs [FOLDER] [FILE.wasm]. The folder has policy.js (its default export is the
// policy), package.json (name and version) and, if it likes, settings.schema.json. Needs no network.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? ".");
const read = (name) => readFileSync(join(folder, name), "utf8");
const fail = (why) => {
  console.error(why);
  process.exit(1);
};

const { componentize } = await import("@bytecodealliance/componentize-js").catch((error) =>
  fail(`componentize-js is not installed; in ${root} run: npm ci (${error.message})`),
);
if (!existsSync(join(folder, "policy.js"))) fail(`${folder} has no policy.js`);
const { name, version } = JSON.parse(read("package.json"));
const schema = existsSync(join(folder, "settings.schema.json")) ? read("settings.schema.json") : undefined;
const output = resolve(process.argv[3] ?? join(folder, `${name}.wasm`));
// A policy's own folder has the contract beside the kit; in Wardgate's repository it is two folders up.
const witPath = [join(root, "wit"), join(root, "../../wit")].find((place) => existsSync(place));

// What is imported is found below the working folder only.
process.chdir(root);
mkdirSync("target", { recursive: true });
const entry = join(root, "target", `${name}.${process.pid}.js`);
const from = (path) => JSON.stringify(`./${relative(join(root, "target"), path).replaceAll("\\", "/")}`);
writeFileSync(
  entry,
  `import definition from ${from(join(folder, "policy.js"))};
import { component } from ${from(join(root, "wardgate-policy.js"))};
export const policy = component(definition, ${JSON.stringify({ name, version, settingsSchema: schema })});
`,
);
try {
  const { component } = await componentize({
    sourcePath: entry,
    witPath,
    worldName: "bare",
    // A policy has no clock, no chance, no network and no output.
    disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
  });
  writeFileSync(output, component);
  console.log(`${output}: ${component.length} bytes`);
} catch (error) {
  fail(error.message);
} finally {
  rmSync(entry, { force: true });
}
