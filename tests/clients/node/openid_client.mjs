// openid-client, as its documentation shows it. It reads the server's metadata and believes nothing else.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// Where the test runs it the library is installed; modules are otherwise looked for beside this file.
const installed = createRequire(`${process.cwd()}/`).resolve("openid-client");
const client = await import(pathToFileURL(installed));

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PUBLIC_CLIENT_ID, USERNAME, PASSWORD, REDIRECT_URI } = process.env;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const insecure = { execute: [client.allowInsecureRequests] };

const discover = (id, authentication, algorithm = "oauth2") =>
  client.discovery(new URL(ISSUER), id, undefined, authentication, { algorithm, ...insecure });

/** Has the test sign the user in at `url`, as his browser would, and tells where that led to. */
async function browse(url) {
  console.log(`browse ${url.href}`);
  return new URL((await lines.next()).value.trim());
}

async function signedIn(config) {
  const token = await client.genericGrantRequest(config, "password", { username: USERNAME, password: PASSWORD });
  assert(token.refresh_token);
  return token;
}

async function checkWorks(config, token) {
  const url = new URL("/nexus/v3/apikeys", ISSUER);
  const answer = await client.fetchProtectedResource(config, token.access_token, url, "GET");
  assert.equal(answer.status, 200);
}

async function checkInvalidGrant(promise) {
  await assert.rejects(promise, (error) => error instanceof client.ResponseBodyError && error.error === "invalid_grant");
}

const basic = () => discover(CLIENT_ID, client.ClientSecretBasic(CLIENT_SECRET));

async function password() {
  const config = await basic();
  await checkWorks(config, await signedIn(config));
}

async function clientCredentials() {
  const token = await client.clientCredentialsGrant(await basic());
  assert(token.access_token);
}

async function clientInForm() {
  const config = await discover(CLIENT_ID, client.ClientSecretPost(CLIENT_SECRET));
  assert((await client.clientCredentialsGrant(config)).access_token);
}

async function refresh() {
  const config = await basic();
  const first = await signedIn(config);
  const second = await client.refreshTokenGrant(config, first.refresh_token);
  await checkWorks(config, second);
  await checkInvalidGrant(client.refreshTokenGrant(config, first.refresh_token));
}

async function introspect() {
  const config = await basic();
  const token = await signedIn(config);
  assert.equal((await client.tokenIntrospection(config, token.access_token)).active, true);
  assert.deepEqual({ ...(await client.tokenIntrospection(config, "unknown")) }, { active: false });
}

async function revoke() {
  const config = await basic();
  const token = await signedIn(config);
  await client.tokenRevocation(config, token.refresh_token, { token_type_hint: "refresh_token" });
  assert.equal((await client.tokenIntrospection(config, token.access_token)).active, false);
  await checkInvalidGrant(client.refreshTokenGrant(config, token.refresh_token));
}

async function code() {
  await checkCode(await basic());
}

async function publicCode() {
  await checkCode(await discover(PUBLIC_CLIENT_ID, client.None()));
}

/** Sends the user for a code; what must be true of the answer, and what he was sent with. */
async function asked(config, more = {}) {
  // `iss` must be in the answer, since the metadata says so (RFC 9207).
  assert.equal(config.serverMetadata().authorization_response_iss_parameter_supported, true);
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState() };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    ...more,
  });
  return [await browse(url), checks];
}

async function checkCode(config) {
  const [answered, checks] = await asked(config);
  const token = await client.authorizationCodeGrant(config, answered, checks);
  await checkWorks(config, token);
  const refreshed = await client.refreshTokenGrant(config, token.refresh_token);
  await checkInvalidGrant(client.authorizationCodeGrant(config, answered, checks));
  await checkInvalidGrant(client.refreshTokenGrant(config, refreshed.refresh_token));
}

async function openid() {
  const config = await discover(CLIENT_ID, client.ClientSecretBasic(CLIENT_SECRET), "oidc");
  // The signature of the id_token is looked at, too, not only its claims.
  client.enableNonRepudiationChecks(config);
  const expectedNonce = client.randomNonce();
  const [answered, checks] = await asked(config, { scope: "openid", nonce: expectedNonce });
  const expected = { ...checks, expectedNonce, idTokenExpected: true };
  const token = await client.authorizationCodeGrant(config, answered, expected);
  const { sub } = token.claims();
  assert.equal((await client.fetchUserInfo(config, token.access_token, sub)).sub, sub);
}

const steps = {
  password,
  client_credentials: clientCredentials,
  client_in_form: clientInForm,
  refresh,
  introspect,
  revoke,
  code,
  public_code: publicCode,
  openid,
};

for (const name of process.argv.slice(2)) {
  await steps[name]();
  console.log(`done ${name}`);
}
process.exit(0);
