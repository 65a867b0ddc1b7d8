// Elements from values. Text only ever becomes text: there is no way here to make markup of it (security rule 81).

const SVG = "http://www.w3.org/2000/svg";

// An element: `h("td", { class: "number" }, 42)`. A property that is a function listens (`onClick`); `false`, `null` and
// `undefined` are left out; a list is its elements.
export function h(name, properties, ...children) {
    return fill(document.createElement(name), properties, children);
}

// The same for drawings.
export function svg(name, properties, ...children) {
    return fill(document.createElementNS(SVG, name), properties, children);
}

// Puts `children` in the place of all that is in `element`.
export function replace(element, ...children) {
    element.replaceChildren();
    append(element, children);
    return element;
}

function fill(element, properties, children) {
    for (const [name, value] of Object.entries(properties ?? {})) {
        set(element, name, value);
    }
    append(element, children);
    return element;
}

function set(element, name, value) {
    if (value === false || value === null || value === undefined) {
        return;
    }
    if (typeof value === "function") {
        element.addEventListener(name.slice(2).toLowerCase(), value);
    } else if (name === "value") {
        element.value = value;
    } else {
        // Neither handlers nor styles are ever set by text; what is not listed would be a mistake of ours.
        if (/^(on|style)/i.test(name)) {
            throw new TypeError(name);
        }
        element.setAttribute(name, value === true ? "" : String(value));
    }
}

function append(element, children) {
    for (const child of children.flat(Infinity)) {
        if (child !== false && child !== null && child !== undefined) {
            element.append(child instanceof Node ? child : String(child));
        }
    }
}
