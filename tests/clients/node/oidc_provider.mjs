// A real OpenID provider. It says where it is on a line of its own, and does what lines of its standard input tell it:
// `rotate` (have new keys and know no more of the old ones), `redirect URI` (send browsers of the client `portal` back there),
// `person NAME` (from now on this is who signs in, without being asked), `ask` (whoever signs in is asked by a page),
// `clock MS` (it is this time, and stays so), `shown SECONDS` (that long ago he showed who he is), `deaf` (does not heed how a
// client wants people to sign in).
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

// Where the test runs it the libraries are installed; modules are otherwise looked for beside this file.
// Standard output is for what the test waits for.
console.info = console.error;
const { resolve } = createRequire(`${process.cwd()}/`);
const installed = (name) => import(pathToFileURL(resolve(name)));
const { exportJWK, generateKeyPair } = await installed("jose");
const { Provider } = await installed("oidc-provider");

const PAGE = `<!doctype html><html lang="en"><title>A real one</title><h1>Who are you?</h1>
<form method="post"><label>Name <input name="name"></label><button>Continue</button></form>`;

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const algorithms = ["RS256", "ES256", "EdDSA"];
let round = 0;

async function keys() {
  round += 1;
  return Promise.all(algorithms.map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, use: "sig", kid: `${alg}-${round}` };
  }));
}

// What a token is for says how it is signed: urn:RS256 and so on.
const getResourceServerInfo = (_, resource) => ({
  scope: "nexus:consumer:chat nexus:consumer:email",
  audience: resource,
  accessTokenFormat: "jwt",
  accessTokenTTL: 600,
  jwt: { sign: { alg: algorithms.find((alg) => resource.endsWith(alg)) ?? "RS256" } },
});

let handle;
let jwks = { keys: await keys() };
let redirectUri = "http://127.0.0.1:1/";
let person = "nobody";
let asks = false;
let deaf = false;
let shown = 0;

async function begin() {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "service",
        client_secret: "service-secret",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: "portal",
        client_secret: "portal+secret/of=provider",
        redirect_uris: [redirectUri],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    // The portal looks at ID tokens and asks for no more.
    conformIdTokenClaims: false,
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, email: `${accountId}@example.com`, email_verified: false }),
    }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid email");
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: true, getResourceServerInfo },
    },
    jwks,
    cookies: { keys: ["unused"] },
  });
  const answer = provider.callback();
  const signIn = (request, response, accountId) => {
    const ts = Math.floor(Date.now() / 1000) - shown;
    return provider.interactionFinished(request, response, { login: { accountId, ts } });
  };
  handle = async (request, response) => {
    if (deaf && request.url.startsWith("/auth?")) {
      request.url = request.url.replace(/&(prompt|max_age)=[^&]*/g, "");
    }
    if (!request.url.startsWith("/interaction/")) {
      return answer(request, response);
    }
    if (!asks) {
      return signIn(request, response, person);
    }
    if (request.method === "POST") {
      return signIn(request, response, new URLSearchParams(await text(request)).get("name"));
    }
    response.setHeader("content-type", "text/html; charset=utf-8");
    return response.end(PAGE);
  };
}

await begin();
server.on("request", (request, response) => handle(request, response));
console.log(issuer);
for await (const line of createInterface({ input: process.stdin })) {
  const [what, said] = line.split(" ");
  if (what === "rotate") {
    jwks = { keys: await keys() };
  } else if (what === "redirect") {
    redirectUri = said;
  } else if (what === "ask") {
    asks = true;
  } else if (what === "clock") {
    Date.now = () => Number(said);
  } else if (what === "shown") {
    shown = Number(said);
  } else if (what === "deaf") {
    deaf = true;
  } else {
    person = said;
  }
  await begin();
  console.log("done");
}
process.exit(0);
