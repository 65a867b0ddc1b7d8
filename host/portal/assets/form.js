// Fields with labels and hints, what was filled in, and each fault beside its field.

import { h } from "./dom.js";
import { lines } from "./format.js";
import { capital } from "./ui.js";

let made = 0;

// A form of `fields`: `{ name, label, type, value, hint, required, options, at }`; `type` is that of an input, or `area`,
// `lines`, `select`, `check`, `checks` or `choice`. `at` is where the server says that the field is, if not by its name.
export function form(fields) {
    const known = fields.filter(Boolean).map(field);
    const rest = h("div", { class: "faults" });
    return {
        element: h("div", { class: "fields" }, rest, known.map(({ element }) => element)),
        values: () => Object.fromEntries(known.map(({ name, read }) => [name, read()])),
        // Shows what is wrong where it is; what belongs to no field stands above all.
        show(error) {
            known.forEach(({ clear }) => clear());
            const left = (error.faults ?? []).filter((fault) => {
                const place = fault.location.replace(/^\/data/, "");
                const owner = known.find(({ at }) => place === at || place.startsWith(`${at}/`));
                owner?.complain(capital(fault.message));
                return !owner;
            });
            const said = left.map((fault) => h("li", null, h("code", null, fault.location), " ", fault.message));
            const told = error.faults?.length > 0 && left.length === 0;
            rest.replaceChildren(...(told ? [] : [h("div", { class: "message error", role: "alert" },
                h("p", null, capital(error.message)), said.length > 0 && h("ul", null, said))]));
            known.find(({ element }) => element.querySelector("[aria-invalid]"))?.control.focus();
        },
    };
}

function field(options) {
    const { name, label, type = "text", hint, required } = options;
    made += 1;
    const id = `field-${made}`;
    const [control, read] = (CONTROLS[type] ?? input)(options, id);
    const told = h("p", { class: "field-fault", id: `${id}-fault`, hidden: true });
    const described = [hint && `${id}-hint`, `${id}-fault`].filter(Boolean).join(" ");
    control.setAttribute("aria-describedby", described);
    const help = hint && h("p", { class: "hint", id: `${id}-hint` }, hint);
    const group = type === "checks" || type === "choice";
    const title = [label, required && h("span", { class: "muted" }, " (required)")];
    const element = group
        ? h("fieldset", { class: "field" }, h("legend", null, title), help, control, told)
        : type === "check"
            ? h("div", { class: "field check" }, h("label", { for: id }, control, " ", label), help, told)
            : h("div", { class: "field" }, h("label", { for: id }, title), help, control, told);
    return {
        name,
        at: options.at ?? `/${name}`,
        element,
        control: group ? control.querySelector("input") ?? control : control,
        read,
        complain(text) {
            told.hidden = false;
            told.textContent = text;
            control.setAttribute("aria-invalid", "true");
        },
        clear() {
            told.hidden = true;
            control.removeAttribute("aria-invalid");
        },
    };
}

const CONTROLS = { area, lines: many, select, check, checks, choice };

function input({ name, type = "text", value = "", required, ...more }, id) {
    const { autocomplete = "off", placeholder, min, max, minlength, maxlength, spellcheck = "false" } = more;
    const control = h("input", {
        id, name, type, required, autocomplete, placeholder, min, max, minlength, maxlength, spellcheck, value: value ?? "",
    });
    const read = () => (type === "number" ? (control.value === "" ? null : Number(control.value)) : control.value);
    return [control, read];
}

function area({ name, value = "", rows = 6, required }, id) {
    const control = h("textarea", { id, name, rows, required, spellcheck: "false", value });
    return [control, () => control.value];
}

function many({ name, value = [], rows = 3, required, placeholder }, id) {
    const control = h("textarea", {
        id, name, rows, required, placeholder, spellcheck: "false", class: "lines", value: value.join("\n"),
    });
    return [control, () => lines(control.value)];
}

function select({ name, value, options }, id) {
    const control = h("select", { id, name }, options.map(([option, text]) =>
        h("option", { value: option, selected: option === value }, text)));
    return [control, () => control.value];
}

function check({ name, value }, id) {
    const control = h("input", { id, name, type: "checkbox", checked: Boolean(value) });
    return [control, () => control.checked];
}

function checks({ name, value = [], options }, id) {
    const boxes = options.map(([option, text], at) => [option, h("input", {
        id: `${id}-${at}`, name, type: "checkbox", value: option, checked: value.includes(option),
    }), text]);
    const control = h("div", { id, class: "checks" }, boxes.map(([, box, text]) => h("label", { for: box.id }, box, " ", text)));
    return [control, () => boxes.filter(([, box]) => box.checked).map(([option]) => option)];
}

function choice({ name, value, options }, id) {
    const radios = options.map(([option, text, about], at) => [option, h("input", {
        id: `${id}-${at}`, name, type: "radio", value: option, checked: option === value,
    }), text, about]);
    const control = h("div", { id, class: "choice" }, radios.map(([, radio, text, about]) =>
        h("label", { for: radio.id }, radio, h("span", null, text, about && h("small", { class: "muted" }, about)))));
    return [control, () => radios.find(([, radio]) => radio.checked)?.[0]];
}
