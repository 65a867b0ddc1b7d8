// The one client of the public API. A call goes in the name of whoever is signed in; where he must show again who he is he
// is asked to, and it is repeated (security rule 80).

import { session } from "./session.js";

// Why a call did not do what it was to do, in the server's words.
export class ApiError extends Error {
    constructor(status, body) {
        // Three dialects: problems, and the envelopes of Nexus and GWS.
        const said = body?.status && typeof body.status === "object" ? body.status : {};
        super(body?.detail ?? said.detail ?? body?.title ?? said.message ?? sentence(status));
        this.status = status;
        this.code = body?.code ?? (said.message === CONFIRM ? "confirmation_needed" : String(said.code ?? status));
        this.requestId = body?.request_id ?? null;
        const faults = Array.isArray(body?.errors) ? body.errors : [];
        this.faults = faults.map((fault) => fault.message
            ? { location: fault.location ?? "", message: fault.message }
            : split(String(fault.status?.detail ?? "")));
    }
}

const CONFIRM = "The password is needed again";

// Called where somebody must show again who he is; resolves to whether he did. Set by the shell.
let askWho = async () => false;
// Called where nobody is signed in any more. Set by the shell.
let onSignedOut = () => {};

export function whenNeeded(handlers) {
    askWho = handlers.askWho;
    onSignedOut = handlers.onSignedOut;
}

// Options: `signal` ends a call; `ofCluster` is one that is about no tenant; `unattended` is one that nobody asked for, which
// keeps neither a session nor the credential manager open.
export const api = {
    get: (path, options) => call("GET", path, undefined, options),
    post: (path, body, options) => call("POST", path, body ?? {}, options),
    put: (path, body, options) => call("PUT", path, body, options),
    patch: (path, body, options) => call("PATCH", path, body, options),
    delete: (path, options) => call("DELETE", path, undefined, options),
    // A call that says no to nobody: what it could not read is `undefined`, for screens that show what they can.
    try: (path, options) => call("GET", path, undefined, options).catch((error) => {
        if (error instanceof ApiError && [403, 404].includes(error.status)) {
            return undefined;
        }
        throw error;
    }),
    // Sends a component, and tells how much of it is on its way.
    upload: (path, file, progress) => repeat(() => upload(path, file, progress)),
};

// A path of segments and a query of what is set.
export function path(segments, query = {}) {
    const named = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
    const text = named.flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one]));
    const after = new URLSearchParams(text).toString();
    const before = segments.map((segment) => "/" + encodeURIComponent(segment)).join("");
    return after ? `${before}?${after}` : before;
}

// All pages of a list of `member`, up to `most` of them.
export async function all(where, query, member, most = 5000) {
    const found = [];
    for (let cursor; ;) {
        const page = await api.get(path(where, { ...query, limit: 1000, cursor }));
        found.push(...page[member]);
        cursor = page.next;
        if (!cursor || found.length >= most) {
            return found;
        }
    }
}

async function call(method, where, body, options = {}) {
    return repeat(() => once(method, where, body, options));
}

async function repeat(attempt) {
    for (let tries = 0; ; tries += 1) {
        try {
            return await attempt();
        } catch (error) {
            const again = error instanceof ApiError && error.code === "confirmation_needed" && tries < 2;
            if (!again || !await askWho()) {
                throw error;
            }
        }
    }
}

async function once(method, where, body, options) {
    const headers = { "x-wardgate-portal": "1", accept: "application/json" };
    if (method !== "GET") {
        headers["content-type"] = "application/json";
    }
    if (options.unattended) {
        headers["x-wardgate-unattended"] = "1";
    }
    if (session.tenant && !options.ofCluster && !where.startsWith("/portal/")) {
        headers["x-ccid"] = session.tenant;
    }
    let response;
    try {
        const sent = body === undefined ? undefined : JSON.stringify(body);
        response = await fetch(where, { method, headers, body: sent, signal: options.signal, cache: "no-store" });
    } catch (error) {
        if (error.name === "AbortError") {
            throw error;
        }
        throw new ApiError(0, null);
    }
    return read(response.status, await response.text(), where);
}

function read(status, text, where) {
    let body = null;
    try {
        body = text === "" ? null : JSON.parse(text);
    } catch {
        body = null;
    }
    if (status >= 200 && status < 300) {
        return body;
    }
    if (status === 401 && !where.startsWith("/portal/session")) {
        onSignedOut();
    }
    throw new ApiError(status, body);
}

function upload(where, file, progress) {
    return new Promise((done, failed) => {
        const request = new XMLHttpRequest();
        request.open("PUT", where);
        request.setRequestHeader("content-type", "application/wasm");
        request.setRequestHeader("x-wardgate-portal", "1");
        request.upload.addEventListener("progress", (event) => progress(event.loaded, event.total));
        request.addEventListener("error", () => failed(new ApiError(0, null)));
        request.addEventListener("load", () => {
            try {
                done(read(request.status, request.responseText, where));
            } catch (error) {
                failed(error);
            }
        });
        request.send(file);
    });
}

function split(detail) {
    const at = detail.indexOf(": ");
    return at < 0 ? { location: "", message: detail } : { location: detail.slice(0, at), message: detail.slice(at + 2) };
}

function sentence(status) {
    return status === 0 ? "The server cannot be reached. Is it running?" : `The server answered ${status}.`;
}
