// Makes cx1-signatures.json: `node tests/vectors/cx1-signatures.mjs > tests/vectors/cx1-signatures.json`. Signatures are
// made with Node's own HMAC, apart from the code that they try.
import { createHmac } from "node:crypto";

const origin = "0b3c6a1e-6c3e-4d36-9a6c-7f0d3f3f3f3f";
const secret = "Zm9vYmFyYmF6cXV4-_0123456789ABCDEFGHIJKLMNO";
const time = "1700000000000";

const calls = [
  { name: "a POST with JSON", method: "POST", target: "/api/request/add", body: '{"accountId":"a","content":"Ä€"}' },
  { name: "a POST with a form", method: "POST", target: "/api/request/add", body: "accountId=a&content=b%20c" },
  { name: "a POST without a body", method: "POST", target: "/api/request/add", body: "" },
  { name: "a PUT", method: "PUT", target: "/api/account/bind", body: '{"accountId":"alice@example.com"}' },
  { name: "a GET", method: "GET", target: "/api/device/getAll", body: "" },
  { name: "a GET, its query signed", method: "GET", target: "/api/device/getAll?accountId=a%2Bb", body: "" },
  { name: "a GET, its query not signed", method: "GET", target: "/api/device/getAll?accountId=a", body: "", bare: true },
  { name: "a POST, its query not signed", method: "POST", target: "/a?b=c", body: "d", bare: true },
  { name: "a base with a port and a path", base: "http://127.0.0.1:8080/cx", method: "DELETE", target: "/a/b", body: "" },
  { name: "a secret of letters beyond ASCII", secret: "Schlüssel", method: "PATCH", target: "/", body: "\u0000\n" },
];

const vectors = calls.map((call) => {
  const made = { base: "https://auth.example.com", secret, origin, time, ...call };
  const url = made.base + (made.bare ? made.target.split("?")[0] : made.target);
  const signed = made.method + url + made.time + made.origin + (made.method === "GET" ? "" : made.body);
  delete made.bare;
  return { ...made, signature: createHmac("sha256", made.secret).update(signed, "utf8").digest("base64") };
});
console.log(JSON.stringify(vectors, null, 2));
