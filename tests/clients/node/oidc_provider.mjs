// A real OpenID provider. It says where it is on a line of its own, and does what lines of its standard input tell it:
// `rotate` (have new keys and know no more of the old ones), `redirect URI` (send browsers of the client `portal` back there),
// `person NAME` (from now on this is who signs in, without being asked).
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// Where the test runs it the libraries are installed; modules are otherwise looked for beside this file.
// Standard output is for what the test waits for.
console.info = console.error;
const { resolve } = createRequire(`${process.cwd()}/`);
const installed = (name) => import(pathToFileURL(resolve(name)));
const { exportJWK, generateKeyPair } = await installed("jose");
const { Provider } = await installed("oidc-provider");

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
  handle = (request, response) =>
    request.url.startsWith("/interaction/")
      ? provider.interactionFinished(request, response, { login: { accountId: person } })
      : answer(request, response);
}

await begin();
server.on("request", (request, response) => handle(request, response));
console.log(issuer);
for await (const line of createInterface({ input: process.stdin })) {
  const [what, text] = line.split(" ");
  if (what === "rotate") {
    jwks = { keys: await keys() };
  } else if (what === "redirect") {
    redirectUri = text;
  } else {
    person = text;
  }
  await begin();
  console.log("done");
}
process.exit(0);
