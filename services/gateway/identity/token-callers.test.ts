/** Tokens that real keys have signed, and those that a stranger would try. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import type { DepthmeshError } from "../../../core/errors.js";
import { createLog } from "../../../kit/log.js";
import { eventually } from "../../../testing/eventually.js";
import { refusal } from "../../../testing/refusal.js";
import { JwksSource, type JwksTimes } from "./jwks-source.js";
import { MAX_TOKEN_BYTES, TokenCallers, type TokenRules } from "./token-callers.js";

const LOG = createLog("silent", { service: "test", worker: "test" });
const ISSUER = "https://login.example";
const AUDIENCE = "depthmesh";
const RULES: TokenRules = {
  ...{ issuer: ISSUER, audiences: [AUDIENCE, "other"], algorithms: ["RS256", "ES256", "EdDSA"] },
  ...{ toleranceSeconds: 5, tenantClaim: "tenant", rolesClaim: "realm_access.roles" },
};

interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function signingKey(alg: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

let folder: string;
let first: SigningKey;
let second: SigningKey;
let stranger: SigningKey;
/** What the issuer's address serves; undefined while it is away. */
let served: readonly JWK[] | undefined;
let asked = 0;
let issuer: Server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-tokens-"));
  first = await signingKey("ES256", "first");
  second = await signingKey("RS256", "second");
  stranger = await signingKey("ES256", "first");
  issuer = createServer((_, response) => {
    asked += 1;
    if (!served) return void response.writeHead(503).end();
    response.end(JSON.stringify({ keys: served }));
  });
  await new Promise<void>((listening) => issuer.listen(0, "127.0.0.1", listening));
});
after(async () => {
  await new Promise((closed) => issuer.close(closed));
  await rm(folder, { recursive: true, force: true });
});

const nowSeconds = () => Math.floor(Date.now() / 1000);

const GOOD = { tenant: "acme", realm_access: { roles: ["user", "admin", "worker"] } };

interface Changes {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Record<string, unknown>;
}

function token(
  { alg, kid, privateKey }: SigningKey,
  { claims = {}, header = {} }: Changes = {},
): Promise<string> {
  const payload = { iss: ISSUER, aud: AUDIENCE, sub: "ada", exp: nowSeconds() + 60, ...GOOD };
  return new SignJWT({ ...payload, ...claims })
    .setProtectedHeader({ alg, kid, ...header })
    .sign(privateKey);
}

/** Callers whose issuer's keys are in a file. */
async function fromFile(keys: readonly JWK[], rules = RULES): Promise<TokenCallers> {
  const path = join(folder, `${Math.random()}.json`);
  await writeFile(path, JSON.stringify({ keys }));
  const source = new JwksSource(path, LOG);
  await source.open();
  return new TokenCallers(rules, source);
}

/** Callers whose issuer is asked over HTTP. */
async function fromIssuer(times: Partial<JwksTimes>): Promise<TokenCallers> {
  const address = issuer.address();
  assert.ok(address && typeof address === "object");
  const source = new JwksSource(`http://127.0.0.1:${address.port}/keys`, LOG, times);
  await source.open();
  return new TokenCallers(RULES, source);
}

function refusalOf(callers: TokenCallers, credential: string): Promise<DepthmeshError> {
  return refusal(callers.identify(credential));
}

async function assertInvalid(callers: TokenCallers, credential: string, what: string) {
  assert.equal((await refusalOf(callers, credential)).reason, "CREDENTIALS_INVALID", what);
}

test("a token of the issuer names its tenant and its roles, never that of a worker", async () => {
  const callers = await fromFile([first.jwk, second.jwk]);
  for (const key of [first, second]) {
    const { tenant, roles, caller } = await callers.identify(await token(key));
    assert.deepEqual([tenant, [...roles], caller], ["acme", ["user"], "subject ada"]);
  }
  const text = { claims: { "realm_access.roles": "openid operator" } };
  assert.deepEqual([...(await callers.identify(await token(first, text))).roles], ["operator"]);
  const none = { claims: { realm_access: {} } };
  assert.equal((await callers.identify(await token(first, none))).roles.size, 0);
});

test("what no key of the issuer has signed is refused", async () => {
  const callers = await fromFile([first.jwk, second.jwk]);
  await assertInvalid(callers, await token(stranger), "another key of the same name");
  const genuine = await token(first);
  const [header = "", payload = "", signature = ""] = genuine.split(".");
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  for (const alg of ["none", "None", "NONE", "nOnE"]) {
    for (const end of ["", signature]) {
      await assertInvalid(callers, `${encoded({ alg })}.${payload}.${end}`, alg);
    }
  }
  const other = encoded({
    ...JSON.parse(Buffer.from(payload, "base64url").toString()),
    sub: "eve",
  });
  await assertInvalid(callers, `${header}.${other}.${signature}`, "another payload");
  const pem = await exportSPKI(second.publicKey);
  for (const alg of ["HS256", "HS512"]) {
    for (const secret of [pem, JSON.stringify(second.jwk)]) {
      const forged = new SignJWT({ iss: ISSUER, aud: AUDIENCE, exp: nowSeconds() + 60, ...GOOD })
        .setProtectedHeader({ alg, kid: second.kid })
        .sign(Buffer.from(secret));
      await assertInvalid(callers, await forged, `${alg} with the public key as the secret`);
    }
  }
  const own = { jwk: stranger.jwk, jku: "https://evil.example/keys", x5u: "https://evil.example" };
  await assertInvalid(callers, await token(stranger, { header: own }), "a key that it brings");
  const unusual = await signingKey("ES384", "third");
  const listed = await fromFile([unusual.jwk]);
  await assertInvalid(listed, await token(unusual), "an algorithm that is not allowed");
});

test("a token for somebody else, of somebody else or for another time is refused", async () => {
  const callers = await fromFile([first.jwk]);
  const wrong: [claim: string, claims: Record<string, unknown>][] = [
    ["aud", { aud: "mail" }],
    ["aud", { aud: undefined }],
    ["iss", { iss: "https://login.example.evil" }],
    ["iss", { iss: undefined }],
    ["nbf", { nbf: nowSeconds() + 60 }],
    ["exp", { exp: undefined }],
    ["exp", { exp: "tomorrow" }],
  ];
  for (const [claim, claims] of wrong) {
    const error = await refusalOf(callers, await token(first, { claims }));
    assert.equal(error.reason, "CREDENTIALS_INVALID", claim);
    assert.equal(error.metadata.claim, claim);
  }
  for (const exp of [nowSeconds() - 10, 0, -1e300]) {
    const late = await refusalOf(callers, await token(first, { claims: { exp } }));
    assert.equal(late.reason, "CREDENTIALS_EXPIRED", String(exp));
  }
  await callers.identify(await token(first, { claims: { exp: nowSeconds() - 2 } }));
  await callers.identify(await token(first, { claims: { aud: ["mail", "other"] } }));
});

test("a token without a tenant, or with one that is no name, is refused", async () => {
  const callers = await fromFile([first.jwk]);
  const tenants = [
    undefined,
    "",
    "Acme",
    "a/b",
    "../a",
    "a.b",
    "a\nb",
    "a".repeat(64),
    7,
    ["acme"],
  ];
  for (const tenant of [...tenants, { acme: true }, "-a", "acme\u0000", "äcme"]) {
    const error = await refusalOf(callers, await token(first, { claims: { tenant } }));
    assert.equal(error.reason, "CREDENTIALS_INVALID");
    assert.equal(error.metadata.claim, "tenant", JSON.stringify(tenant));
  }
});

test("a token is refused by its size before it is read, and whatever is no token too", async () => {
  const callers = await fromFile([first.jwk]);
  const huge = await token(first, { claims: { filler: "x".repeat(MAX_TOKEN_BYTES) } });
  await assertInvalid(callers, huge, "huge");
  const fits = await token(first, { claims: { filler: "x".repeat(4096) } });
  await callers.identify(fits);
  const texts = ["", ".", "..", "...", "a.b.c", "eyJ.eyJ.x", "{}", "e30.e30.e30", `${fits}.x`];
  for (const text of [...texts, "\u0000", "a.".repeat(4000)]) {
    await assertInvalid(callers, text, JSON.stringify(text.slice(0, 40)));
  }
});

test("the name of a key is compared and nothing else, whatever is in it", async () => {
  const callers = await fromFile([first.jwk]);
  const kids = ["../../etc/passwd", "/dev/stdin", "first\n", "first\u0000", "FIRST", "' or 1=1 --"];
  for (const kid of [...kids, "", "\u001b[2J", "__proto__", "constructor", "x".repeat(4000)]) {
    await assertInvalid(callers, await token(first, { header: { kid } }), JSON.stringify(kid));
  }
  for (const kid of [7, null, ["first"], { a: 1 }]) {
    await assertInvalid(callers, await token(first, { header: { kid } }), JSON.stringify(kid));
  }
});

test("an issuer rotates its keys: a new one is fetched once, a removed one is refused", async () => {
  served = [first.jwk];
  asked = 0;
  const callers = await fromIssuer({ coolDownMs: 0 });
  const early = await token(first);
  await callers.identify(early);
  served = [second.jwk];
  await callers.identify(await token(second));
  assert.equal(asked, 2);
  await assertInvalid(callers, early, "a token that was accepted before its key was removed");
});

test("tokens with invented keys cause one request to the issuer in a cool-down", async () => {
  served = [first.jwk];
  asked = 0;
  const callers = await fromIssuer({ coolDownMs: 60_000 });
  for (let count = 0; count < 20; count++) {
    const kid = `invented ${count}`;
    await assertInvalid(callers, await token(first, { header: { kid } }), kid);
  }
  assert.equal(asked, 1);
  await callers.identify(await token(first));
});

test("while the issuer is away, the keys that were read before are accepted", async () => {
  served = [first.jwk];
  const callers = await fromIssuer({ maxAgeMs: 0, coolDownMs: 0 });
  served = undefined;
  for (let count = 0; count < 3; count++) await callers.identify(await token(first));
  await assertInvalid(callers, await token(second), "a key that was never read");
  await callers.identify(await token(first));
});

test("before the issuer was ever reached a call can be tried again later", async () => {
  served = undefined;
  const callers = await fromIssuer({ coolDownMs: 0 });
  assert.equal((await refusalOf(callers, await token(first))).reason, "SERVICE_UNAVAILABLE");
  served = [first.jwk];
  await callers.identify(await token(first));
});

test("a verified token costs little when it is shown again, and ends with its time", async () => {
  const callers = await fromFile([second.jwk]);
  const exp = nowSeconds() + 1 - RULES.toleranceSeconds;
  const shown = await token(second, { claims: { exp } });
  const identity = await callers.identify(shown);
  assert.equal(await callers.identify(shown), identity);
  await eventually("it expires", () => nowSeconds() > exp + RULES.toleranceSeconds);
  assert.equal((await refusalOf(callers, shown)).reason, "CREDENTIALS_EXPIRED");
});
