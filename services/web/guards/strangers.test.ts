/** Who reaches the API through a browser: by which host names, and from which pages. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ScriptedWeb, startScriptedWeb } from "../../../testing/web/web-parts.js";

const NAMED = "https://app.example.org";

let web: ScriptedWeb;
before(async () => {
  const answers = { "JobService.ListJobs": () => ({}), "JobService.CancelJob": () => ({}) };
  const config = { hosts: "studio.example.org", origins: NAMED };
  web = await startScriptedWeb(answers, { config });
});
after(() => web.close());

type Headers = Readonly<Record<string, string>>;

const get = (headers: Headers) => web.app.inject({ url: "/v1/jobs", headers });
const cancel = (headers: Headers) =>
  web.app.inject({ method: "POST", url: "/v1/jobs/a/cancel", headers });

for (const host of [
  ...["localhost", "localhost:7480", "LOCALHOST", "studio.localhost:7480", "127.0.0.1:7480"],
  ...["[::1]:7480", "10.0.0.7", "studio.example.org", "studio.example.org:443"],
]) {
  test(`the server is known as ${host}`, async () => {
    assert.equal((await get({ host })).statusCode, 200);
  });
}

for (const host of [
  ...["evil.example", "studio.example.org.evil.example", "127.0.0.1.evil.example"],
  ...["localhost.evil.example", "evil.example@localhost", "a b", "127.0.0.1:7480:1", "[::1"],
]) {
  test(`the server is not known as ${host}`, async () => {
    const answer = await get({ host });
    assert.equal(answer.statusCode, 421);
    assert.equal(answer.json().reason, "ORIGIN_FORBIDDEN");
    assert.equal((await web.app.inject({ url: "/", headers: { host } })).statusCode, 421);
  });
}

test("every name is known where a proxy in front knows them", async (t) => {
  const open = await startScriptedWeb(
    { "JobService.ListJobs": () => ({}) },
    {
      config: { hosts: "*" },
    },
  );
  t.after(() => open.close());
  const answer = await open.app.inject({ url: "/v1/jobs", headers: { host: "any.example" } });
  assert.equal(answer.statusCode, 200);
});

const host = "localhost:7480";
const site = (value: string) => ({ "sec-fetch-site": value });
for (const [who, headers, status] of [
  ["a program", {}, 200],
  ["the studio", { origin: "http://localhost:7480" }, 200],
  ["the studio behind TLS of a proxy", { origin: "https://localhost:7480" }, 200],
  [
    "the studio, as browsers say it",
    { origin: "https://localhost:7480", ...site("same-origin") },
    200,
  ],
  [
    "a page of this host without TLS",
    { origin: "http://localhost:7480", ...site("cross-site") },
    403,
  ],
  ["a page of another port", { origin: "http://localhost:3000" }, 403],
  ["a page of another site", { origin: "https://evil.example" }, 403],
  ["a page without an origin", { origin: "null" }, 403],
  ["a page of another site that sends none", { "sec-fetch-site": "cross-site" }, 403],
  ["a page of the same site that sends none", { "sec-fetch-site": "same-site" }, 403],
  ["the address line", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }, 200],
  ["a form of another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, 403],
] as const) {
  test(`a call that changes something, from ${who}: ${status}`, async () => {
    const answer = await cancel({ host, ...headers });
    assert.equal(answer.statusCode, status, answer.body);
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  });
}

test("a link of another site leads to the studio and to files, and its scripts read nothing", async () => {
  const link = { host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  assert.equal((await get(link)).statusCode, 200);
  const script = { host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
  assert.equal((await get(script)).statusCode, 403);
});

test("a page that the operator has named may call, and is told what it may read", async () => {
  const answer = await cancel({ host, origin: NAMED, "sec-fetch-site": "cross-site" });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers["access-control-allow-origin"], NAMED);
  assert.equal(answer.headers["access-control-allow-credentials"], undefined);
  assert.match(String(answer.headers["access-control-expose-headers"]), /retry-after/);
  assert.match(String(answer.headers.vary), /Origin/);
});

test("a browser asks first, and is told so of named pages only", async () => {
  const ask = (origin: string) =>
    web.app.inject({
      method: "OPTIONS",
      url: "/v1/jobs/a/cancel",
      headers: { host, origin, "access-control-request-method": "POST" },
    });
  const named = await ask(NAMED);
  assert.equal(named.statusCode, 204);
  assert.match(String(named.headers["access-control-allow-headers"]), /authorization/);
  const other = await ask("https://evil.example");
  assert.equal(other.statusCode, 403);
  assert.equal(other.headers["access-control-allow-origin"], undefined);
});

test("a setting that is no origin is refused when the service starts", async () => {
  for (const origins of ["app.example.org", "https://app.example.org/page", "*"]) {
    await assert.rejects(startScriptedWeb({}, { config: { origins } }), /is no origin/);
  }
});

test("every answer tells browsers what they may do with it, refusals too", async () => {
  for (const url of ["/v1/jobs", "/", "/nothing", "/v1/jobs?x=1"]) {
    const { headers } = await web.app.inject({ url });
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /default-src 'self'/, url);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(headers["cross-origin-resource-policy"], "same-origin");
  }
});

test("answers are not kept, the studio's page is asked for anew, its files are kept", async () => {
  const caching = async (url: string) => (await web.app.inject({ url })).headers["cache-control"];
  assert.equal(await caching("/v1/jobs"), "no-store");
  assert.equal(await caching("/"), "no-cache");
  const page = await web.app.inject({ url: "/" });
  const script = /src="\.(\/assets\/[^"]+)"/.exec(page.body)?.[1] ?? assert.fail(page.body);
  assert.equal(await caching(script), "public, max-age=31536000, immutable");
});

for (const path of [
  ...["/../package.json", "/%2e%2e/package.json", "/assets/../../package.json"],
  ...["/assets/..%2f..%2fpackage.json", "/.stamp", "//etc/passwd", "/assets/", "/index.html%00"],
]) {
  test(`${path} is no file of the studio`, async () => {
    const answer = await web.app.inject({ url: path });
    assert.ok([400, 404].includes(answer.statusCode), String(answer.statusCode));
    assert.doesNotMatch(answer.body, /"name": "depthmesh"|root:/);
  });
}
