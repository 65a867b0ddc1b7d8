// An OpenID Connect provider's record: fields to fill in, and what there is to say of it.

import { code, few } from "../ui.js";

export function ofProvider(provider) {
    return [
        ["Discovery", code(provider.discovery_url)], ["Issuer", code(provider.issuer)], ["Client id", code(provider.client_id)],
        ["Client secret", provider.has_secret ? "kept, sealed" : "none"], ["Scopes", few(provider.scopes, 20)],
        ["Audiences", few(provider.audiences, 20)], ["Algorithms", few(provider.algorithms, 20)],
        ["Who it is about", ["claim ", code(provider.subject_claim)]],
        ["What its tokens may", provider.grants_claim ? ["claim ", code(provider.grants_claim), ", at most "] : "exactly "],
        ["", few(provider.grants, 20, "nothing")],
    ];
}

export function providerFields(provider = {}) {
    const at = (name) => `/provider/${name}`;
    return [
        { name: "name", label: "Provider's name", value: provider.name, required: true, at: at("name") },
        { name: "discovery_url", label: "Discovery URL", value: provider.discovery_url, required: true, at: at("discovery_url"), hint: "It ends in /.well-known/openid-configuration." },
        { name: "client_id", label: "Client id", value: provider.client_id, required: true, at: at("client_id") },
        { name: "client_secret", label: "Client secret", type: "password", at: at("client_secret"), autocomplete: "off",
            hint: provider.has_secret ? "Empty to keep the present one." : "Empty for none." },
        { name: "scopes", label: "Scopes, one a line", type: "lines", value: provider.scopes ?? ["openid"], rows: 2, at: at("scopes") },
        { name: "audiences", label: "Audiences of its tokens, one a line", type: "lines", value: provider.audiences ?? [], rows: 2, at: at("audiences"),
            hint: "Empty for the client id." },
        { name: "algorithms", label: "Algorithms, one a line", type: "lines", value: provider.algorithms ?? ["RS256"], rows: 2, at: at("algorithms") },
        { name: "subject_claim", label: "Claim that says who it is about", value: provider.subject_claim ?? "sub", at: at("subject_claim") },
        { name: "grants_claim", label: "Claim that says what it may", value: provider.grants_claim, at: at("grants_claim"), hint: "Empty where all tokens may the same." },
        { name: "sign_in", label: "People sign in to this portal by it", type: "check", value: provider.sign_in, at: at("sign_in"),
            hint: "It says who is who: only an admin may switch that." },
        { name: "grants", label: "What its tokens may at most, one a line", type: "lines", value: provider.grants ?? [], rows: 2, at: at("grants") },
    ];
}

// What was filled in, as the API takes it: an empty secret is left as it is, an empty claim is none.
export function given({ client_secret: secret, grants_claim: claim, audiences, ...rest }) {
    const body = { ...rest, grants_claim: claim.trim() || null, audiences: audiences.length > 0 ? audiences : undefined };
    return secret === "" ? body : { ...body, client_secret: secret };
}
