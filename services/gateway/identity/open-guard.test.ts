import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "../../../kit/config.js";
import { newApiKey } from "../../../kit/rpc/api-key.js";
import { operatorHashesIn, tokenRulesIn } from "./open-guard.js";
import { IDENTITY_SETTINGS } from "./settings.js";
import { asksWhoCalls } from "./whether-to-ask.js";

const settings = (environment: Readonly<Record<string, string>>) =>
  readSettings(IDENTITY_SETTINGS, environment);

test("nobody is asked on a loopback address, and elsewhere a person must decide", () => {
  const local = ["127.0.0.1", "localhost", "127.9.9.9", "::1", "[::1]"];
  const exposed = ["0.0.0.0", "::", "", "192.168.1.1", "gateway.example", "127.0.0.1.evil.example"];
  for (const host of local) {
    assert.equal(asksWhoCalls(settings({}), [host]), false, host);
    assert.equal(asksWhoCalls(settings({ DEPTHMESH_IDENTITY: "on" }), [host]), true);
  }
  for (const host of exposed) {
    assert.throws(() => asksWhoCalls(settings({}), ["127.0.0.1", host]), /DEPTHMESH_IDENTITY=on/);
    assert.equal(asksWhoCalls(settings({ DEPTHMESH_IDENTITY: "on" }), [host]), true, host);
    assert.equal(asksWhoCalls(settings({ DEPTHMESH_IDENTITY: "off" }), [host]), false, host);
  }
  assert.throws(() => settings({ DEPTHMESH_IDENTITY: "no" }), /one of auto, on, off/);
});

test("the hashes of operators' keys are hashes, and a key in their place is never quoted", () => {
  const { key, hash } = newApiKey();
  assert.deepEqual(operatorHashesIn(""), []);
  assert.deepEqual(operatorHashesIn(` ${hash.toUpperCase()} , ${"0".repeat(64)}`), [
    hash,
    "0".repeat(64),
  ]);
  for (const wrong of [key, `${hash},${key}`, hash.slice(1), `${hash}0`]) {
    assert.throws(
      () => operatorHashesIn(wrong),
      (error: Error) => /not the key itself/.test(error.message) && !error.message.includes(key),
    );
  }
});

test("keys of an issuer need its name, an audience, algorithms with public keys, and https", () => {
  const good = {
    DEPTHMESH_JWT_JWKS: "https://login.example/keys",
    DEPTHMESH_JWT_ISSUER: "https://login.example",
    DEPTHMESH_JWT_AUDIENCE: "depthmesh, other",
  };
  const { audiences, algorithms } = tokenRulesIn(settings(good));
  assert.deepEqual(audiences, ["depthmesh", "other"]);
  assert.deepEqual(algorithms, ["RS256", "PS256", "ES256", "EdDSA"]);
  const without =
    (name: string, value = "") =>
    () =>
      tokenRulesIn(settings({ ...good, [name]: value }));
  assert.throws(without("DEPTHMESH_JWT_ISSUER"), /DEPTHMESH_JWT_ISSUER/);
  assert.throws(without("DEPTHMESH_JWT_AUDIENCE"), /DEPTHMESH_JWT_AUDIENCE/);
  assert.throws(without("DEPTHMESH_JWT_AUDIENCE", " , "), /DEPTHMESH_JWT_AUDIENCE/);
  for (const algorithms of ["none", "HS256", "RS256,HS256", "rs256", ","]) {
    assert.throws(without("DEPTHMESH_JWT_ALGORITHMS", algorithms), /DEPTHMESH_JWT_ALGORITHMS/);
  }
  assert.throws(without("DEPTHMESH_JWT_JWKS", "http://login.example/keys"), /https:\/\//);
  assert.doesNotThrow(without("DEPTHMESH_JWT_JWKS", "http://127.0.0.1:9/keys"));
});
