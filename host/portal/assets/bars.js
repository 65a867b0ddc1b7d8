// A chart of two kinds of things over time: one bar a slot, refusals on top of what was let pass.

import { h, svg } from "./dom.js";
import { number } from "./format.js";

// Of the drawing: the width of a slot and of what is left free of it, its height, and the height of what would be too
// small to be seen.
const SLOT = 10;
const GAP = 2;
const HEIGHT = 100;
const LEAST = 1.5;
// Names below the bars.
const TICKS = 6;

// `slots` are `{ name, allow, deny }`; `said` tells the same in words.
export function bars(slots, said) {
    const top = round(Math.max(...slots.map(({ allow, deny }) => allow + deny)));
    const width = slots.length * SLOT;
    const line = (y) => svg("line", { x1: 0, x2: width, y1: y, y2: y });
    const ticks = slots.filter((_, at) => at % (slots.length / TICKS) === 0);
    return h("figure", { class: "chart" },
        h("figcaption", null, h("span", { class: "allow" }, said.allow), h("span", { class: "deny" }, said.deny)),
        h("div", { class: "plot" },
            h("div", { class: "scale", "aria-hidden": "true" }, [top, top / 2, 0].map((value) => h("span", null, number(value)))),
            svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": said.text },
                [0, HEIGHT / 2, HEIGHT].map(line), slots.map((slot, at) => bar(slot, at, top))),
            h("div", { class: "ticks", "aria-hidden": "true" }, ticks.map(({ name }) => h("span", null, name)))));
}

function bar({ name, allow, deny }, at, top) {
    const [allowed, denied] = [allow, deny].map((value) => (value === 0 ? 0 : Math.max(value / top * HEIGHT, LEAST)));
    const part = (kind, y, height) => height > 0
        && svg("rect", { class: kind, x: at * SLOT + GAP / 2, width: SLOT - GAP, y: Math.max(y, 0), height });
    return svg("g", { class: "slot" },
        svg("title", null, `${name}: ${number(allow)} let pass, ${number(deny)} refused`),
        svg("rect", { class: "ground", x: at * SLOT, width: SLOT, y: 0, height: HEIGHT }),
        part("allow", HEIGHT - allowed, allowed), part("deny", HEIGHT - allowed - denied, denied));
}

// The next number that reads well, and whose half does, too.
function round(most) {
    const scale = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
    return Math.max(2, [1, 2, 4, 6, 8, 10].find((step) => step * scale >= most) * scale);
}
