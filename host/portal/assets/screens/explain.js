// Trying a call: what would become of it, and why, step by step. Nothing comes of it.

import { api } from "../api.js";
import { h, replace } from "../dom.js";
import { form } from "../form.js";
import { lines } from "../format.js";
import { head, message, section } from "../ui.js";
import { walk } from "../walk.js";

export function explain() {
    const asked = form([
        { name: "key", label: "API key", type: "password", autocomplete: "off", hint: "Sent as x-api-key, to this server and nowhere else. Empty for a call without one." },
        { name: "by", label: "What the call needs", type: "choice", value: "permission", options: [
            ["permission", "A permission", "it is named below"], ["route", "Found by its route", "by method and path, as a gateway asks"],
        ] },
        { name: "permission", label: "Permission", value: "nexus:consumer:chat" },
        { name: "method", label: "Method", type: "select", value: "POST", options: ["GET", "POST", "PUT", "PATCH", "DELETE"].map((one) => [one, one]) },
        { name: "path", label: "Path", value: "/", hint: "As the caller sends it, with its query." },
        { name: "headers", label: "Other headers, one a line", type: "area", rows: 3, value: "", hint: "As in Origin: https://shop.example.com" },
        { name: "client_address", label: "Where it comes from", value: "", hint: "An address, such as 192.0.2.7. Empty if it is not to matter." },
    ]);
    const shown = h("div", { "aria-live": "polite" });
    const go = h("button", { type: "submit", class: "primary" }, "See what would happen");
    const send = async (event) => {
        event.preventDefault();
        go.disabled = true;
        try {
            const told = await api.post("/v1/explain", ask(asked.values()));
            asked.show({ message: "", faults: [{ location: "", message: "" }].slice(1) });
            replace(asked.element.querySelector(".faults"));
            replace(shown, result(told));
            shown.querySelector("h2").scrollIntoView({ block: "start", behavior: "smooth" });
        } catch (error) {
            replace(shown);
            asked.show(error);
        } finally {
            go.disabled = false;
        }
    };
    return [
        head("Try a call", "Would it pass, and why? Nothing is recorded, and no limit is used up."),
        h("div", { class: "beside" }, h("form", { class: "card", onSubmit: send }, asked.element, h("div", { class: "actions" }, go)), shown),
    ];
}

function ask({ key, by, permission, method, path, headers, client_address: from }) {
    const named = Object.fromEntries(lines(headers).map((line) => {
        const at = line.indexOf(":");
        return at < 0 ? [line, ""] : [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    }));
    const body = { headers: key ? { ...named, "x-api-key": key } : named, method, path };
    if (by === "permission") {
        body.permission = permission.trim();
    }
    if (from.trim()) {
        body.client_address = from.trim();
    }
    return body;
}

function result(told) {
    const allowed = told.decision === "allow";
    return section(allowed ? "It would pass" : "It would be refused", null,
        message(allowed ? "good" : "error", h("p", null, allowed
            ? "Every step says yes."
            : ["The caller would get ", h("strong", null, told.status), "; the reason is ", h("code", null, told.code), "."])),
        walk(told));
}
