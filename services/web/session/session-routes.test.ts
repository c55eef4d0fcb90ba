/** The key of the studio in its cookie: when it is kept, and for whom it counts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { type ScriptedWeb, startScriptedWeb } from "../../../testing/web/web-parts.js";

const KEY = "dm_0123456789abcdef_secret";

let web: ScriptedWeb;
before(async () => {
  web = await startScriptedWeb({
    "CatalogService.GetLimits": ({ metadata }) => {
      const [shown] = metadata.get("authorization");
      if (shown === undefined) throw new DepthmeshError("CREDENTIALS_MISSING", "no key");
      if (shown !== `Bearer ${KEY}`) throw new DepthmeshError("CREDENTIALS_INVALID", "wrong key");
      return { tenant: "team-a", roles: ["ROLE_USER"], maxFrames: 10 };
    },
    "JobService.CancelJob": () => ({}),
    "JobService.ListJobs": () => ({}),
  });
});
after(() => web.close());

type Headers = Readonly<Record<string, string>>;

const put = (key: unknown, headers: Headers = {}) =>
  web.app.inject({ method: "PUT", url: "/session", payload: { key } as object, headers });
const host = "localhost:7480";
const cookie = `depthmesh-key=${KEY}`;

/** What the gateway was shown by the last call of a method. */
const shownTo = (method: string) =>
  web.gateway.callsOf(method).at(-1)?.metadata.get("authorization");

test("a key that the gateway accepts is kept where no script reads it", async () => {
  const answer = await put(KEY);
  assert.deepEqual(answer.json(), { tenant: "team-a", roles: ["ROLE_USER"], signedIn: true });
  const [kept] = answer.cookies.filter(({ value }) => value !== "");
  assert.deepEqual(
    [kept?.name, kept?.value, kept?.httpOnly, kept?.sameSite, kept?.path],
    ["depthmesh-key", KEY, true, "Strict", "/"],
  );
  assert.equal(kept?.secure, undefined);
});

test("on an encrypted page the cookie is for encrypted connections to this host only", async () => {
  const { cookies } = await put(KEY, { host, origin: `https://${host}` });
  const [kept] = cookies.filter(({ value }) => value !== "");
  assert.equal(kept?.name, "__Host-depthmesh-key");
  assert.equal(kept?.secure, true);
});

test("a key that is refused is not kept", async () => {
  const answer = await put("dm_wrong");
  assert.equal(answer.statusCode, 401);
  assert.equal(answer.json().reason, "CREDENTIALS_INVALID");
  assert.equal(answer.headers["www-authenticate"], "Bearer");
  assert.deepEqual(answer.cookies, []);
});

test("what is no key is refused before the gateway is asked", async () => {
  const asked = web.gateway.callsOf("CatalogService.GetLimits").length;
  for (const key of ["", "a b", "a\nb", 7, undefined, "ä"]) {
    assert.equal((await put(key)).statusCode, 400, String(key));
  }
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await web.app.inject({
    method: "PUT",
    url: "/session",
    payload: `key=${KEY}`,
    headers: form,
  });
  assert.equal(answer.statusCode, 415);
  assert.equal(web.gateway.callsOf("CatalogService.GetLimits").length, asked);
  assert.equal((await put("x".repeat(5_000), {})).statusCode, 401);
});

test("whose key the cookie has, and that it is forgotten", async () => {
  const who = await web.app.inject({ url: "/session", headers: { host, cookie } });
  assert.deepEqual(who.json(), { tenant: "team-a", roles: ["ROLE_USER"], signedIn: true });
  assert.equal((await web.app.inject({ url: "/session" })).statusCode, 401);
  const gone = await web.app.inject({ method: "DELETE", url: "/session", headers: { cookie } });
  assert.equal(gone.statusCode, 204);
  assert.deepEqual(
    gone.cookies.map(({ name, value, maxAge }) => [name, value, maxAge]),
    ["__Host-depthmesh-key", "depthmesh-key"].map((name) => [name, "", 0]),
  );
});

for (const [from, headers, counts] of [
  ["the studio", { origin: `http://${host}` }, true],
  ["the studio, by a browser without origins", { "sec-fetch-site": "same-origin" }, true],
  ["nobody says which page", {}, false],
] as const) {
  test(`the cookie counts for a call that changes something: from ${from}, ${counts}`, async () => {
    const all = { host, cookie, ...headers };
    await web.app.inject({ method: "POST", url: "/v1/jobs/a/cancel", headers: all });
    assert.deepEqual(shownTo("JobService.CancelJob"), counts ? [`Bearer ${KEY}`] : []);
  });
}

test("the cookie counts for reading, also from the address line", async () => {
  for (const headers of [{}, { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }]) {
    await web.app.inject({ url: "/v1/jobs", headers: { host, cookie, ...headers } });
    assert.deepEqual(shownTo("JobService.ListJobs"), [`Bearer ${KEY}`]);
  }
});

test("a page that the operator has named calls with a key of its own, not with the cookie", async (t) => {
  const origin = "https://app.example.org";
  const other = await startScriptedWeb(
    { "JobService.ListJobs": () => ({}) },
    { config: { origins: origin } },
  );
  t.after(() => other.close());
  await other.app.inject({ url: "/v1/jobs", headers: { host, cookie, origin } });
  const call = other.gateway.callsOf("JobService.ListJobs").at(-1);
  assert.deepEqual(call?.metadata.get("authorization"), []);
});

for (const kept of ["%0d%0aa: b", "a%20b", "%C3%A4", "%00", ""]) {
  test(`a cookie with "${kept}" holds no key, and breaks nothing`, async () => {
    const answer = await web.app.inject({
      url: "/v1/jobs",
      headers: { host, cookie: `depthmesh-key=${kept}` },
    });
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(shownTo("JobService.ListJobs"), []);
  });
}

test("a cookie that came without encryption does not count for an encrypted page", async () => {
  const origin = `https://${host}`;
  const cancel = (name: string) =>
    web.app.inject({
      ...{ method: "POST" as const, url: "/v1/jobs/a/cancel" },
      headers: { host, origin, cookie: `${name}=${KEY}` },
    });
  await cancel("depthmesh-key");
  assert.deepEqual(shownTo("JobService.CancelJob"), []);
  await cancel("__Host-depthmesh-key");
  assert.deepEqual(shownTo("JobService.CancelJob"), [`Bearer ${KEY}`]);
});

test("a header comes before the cookie; one credential in a form that is known", async () => {
  const list = (headers: Headers) => web.app.inject({ url: "/v1/jobs", headers });
  await list({ cookie, authorization: "Bearer other" });
  assert.deepEqual(shownTo("JobService.ListJobs"), ["Bearer other"]);
  await list({ "x-api-key": "third" });
  assert.deepEqual(shownTo("JobService.ListJobs"), ["Bearer third"]);
  for (const headers of [
    { authorization: "Basic YTpi" },
    { authorization: "Bearer a", "x-api-key": "b" },
    { authorization: "Bearer a b" },
  ]) {
    const answer = await list(headers as Headers);
    assert.equal(answer.json().reason, "CREDENTIALS_INVALID");
  }
});
