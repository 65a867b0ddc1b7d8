// What is taken of each limit, as a meter; and limits of which nothing is ever taken.

import { h } from "../dom.js";
import { bytes, count, number } from "../format.js";
import { facts } from "../ui.js";

const MIB = 1024 * 1024;
// From here on a limit is nearly used up.
const HIGH = 0.9;

// What each is called, how much of it there is, and how what is taken of it reads where that is another way.
const LIMITS = {
    calls: [(one) => `Calls in ${count(one.window_seconds, "second")}`, number],
    keys: [() => "Keys", number],
    policies: [() => "Policies", number],
    policy_versions: [() => "Versions of one policy", number],
    policy_module_mib: [() => "The longest module", (mib) => bytes(mib * MIB)],
    policy_compile_s: [() => "Compiling today", (seconds) => count(seconds, "second"), (seconds) => number(Number(seconds.toFixed(1)))],
    policy_shadow_percent: [() => "Calls that a shadow sees", (percent) => `${percent} %`, number],
    policy_concurrency: [() => "Slow policies at this moment", number],
    policy_ms: [() => "One policy's answer", (ms) => count(ms, "millisecond")],
    policy_memory_mib: [() => "Memory for it", (mib) => bytes(mib * MIB)],
};

export function meters(limits) {
    const fixed = (one) => one.used === null;
    return [
        h("ul", { class: "meters" }, limits.filter((one) => !fixed(one)).map(meter)),
        facts(...limits.filter(fixed).map((one) => [named(one), `at most ${whole(one)}`])),
    ];
}

function meter(one) {
    const words = `${taken(one)} of ${whole(one)}`;
    return h("li", null,
        h("span", null, named(one)), h("strong", null, words),
        h("meter", {
            min: 0, max: one.limit, high: one.limit * HIGH, optimum: 0, value: one.used, "aria-label": named(one), "aria-valuetext": words,
        }));
}

function named(one) {
    return LIMITS[one.name]?.[0](one) ?? one.name;
}

function whole(one) {
    return (LIMITS[one.name]?.[1] ?? number)(one.limit);
}

function taken(one) {
    const [, read, readTaken] = LIMITS[one.name] ?? [];
    return (readTaken ?? read ?? number)(one.used);
}
