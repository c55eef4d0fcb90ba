/**
 * Requests that no client would send, by raw sockets, to the web service in front of a scripted
 * gateway: none reaches a file or the gateway that it should not, none breaks the service, and
 * refusals repeat nothing that could break a terminal or a log.
 */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { UNARY_ROUTES } from "../services/web/routes/unary-routes.js";
import { hostileTexts } from "../testing/hostile/texts.js";
import { assertPlainProblem } from "../testing/web/plain-problem.js";
import { type RawReply, rawHttp } from "../testing/web/raw-http.js";
import type { ScriptedAnswer } from "../testing/web/scripted-gateway.js";
import { type ScriptedWeb, startScriptedWeb } from "../testing/web/web-parts.js";

const NAMED_ORIGIN = "https://app.example";
/** A word that stands nowhere by itself. */
const MARK = "dmhostilemark";

const METHODS = [...new Set(UNARY_ROUTES.map(({ method }) => method))];

let web: ScriptedWeb;
let port: number;
before(async () => {
  const answers = METHODS.map((method): [string, ScriptedAnswer] => [method, () => ({})]);
  web = await startScriptedWeb(Object.fromEntries(answers), {
    config: { origins: NAMED_ORIGIN },
  });
  await web.app.listen({ host: "127.0.0.1", port: 0 });
  port = (web.app.server.address() as AddressInfo).port;
});
after(() => web?.close());

/** One request with a right host, whose connection ends with the answer. */
function request(line: string, headers: readonly string[] = [], body = ""): string {
  const length = body === "" ? [] : [`content-length: ${Buffer.byteLength(body, "latin1")}`];
  const lines = [`${line} HTTP/1.1`, "host: localhost", "connection: close", ...headers, ...length];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

function postJson(path: string, body: string, type = "application/json"): string {
  return request(`POST ${path}`, [`content-type: ${type}`], body);
}

/** Asserts that an answer is a problem of this status, which repeats no control characters. */
function assertProblem(reply: RawReply, statuses: readonly number[], what: string): void {
  assert.ok(
    statuses.includes(reply.status),
    `${what}: ${reply.status} ${reply.text.slice(0, 300)}`,
  );
  const problem = JSON.parse(reply.body);
  assert.match(reply.headers.get("content-type") ?? "", /^application\/problem\+json/, what);
  assert.equal(problem.status, reply.status, what);
  assertPlainProblem(problem, what);
}

test("tricks with paths lead to no file and to no call", async () => {
  const paths = [
    ...["/../../../../etc/passwd", "/..", "/../package.json", "/assets/../../package.json"],
    ...[
      "/%2e%2e/%2e%2e/package.json",
      "/assets/%2e%2e/%2e%2e/package.json",
      "/%2e%2e%2fpackage.json",
    ],
    ...[
      "/assets/..%2f..%2fpackage.json",
      "/..\\..\\package.json",
      "/assets/..%5c..%5cpackage.json",
    ],
    ...["//etc/passwd", "///", "//127.0.0.1/v1/presets", "/./v1/presets", "/v1//presets"],
    ...["/v1/presets/", "/V1/PRESETS", "/v1/presets/..", "/assets/", "/assets"],
    ...["/%00", "/assets/%00.js", "/index.html%00.png", "/%c0%ae%c0%ae/package.json", "/%ff%fe"],
    ...["/%", "/%zz", "/v1/jobs/%", "/.git/config", "/.env", "/package.json", "/tsconfig.json"],
    ...[
      `/${"a".repeat(10_000)}`,
      `/v1/jobs/${"a".repeat(4_000)}`,
      `/${"../".repeat(3_000)}etc/passwd`,
    ],
    ...["*", "http://127.0.0.1/../package.json", "/v1/jobs/a%0d%0aset-cookie:%20a=b/extra"],
  ];
  for (const path of paths) {
    const reply = await rawHttp(port, request(`GET ${path}`));
    assertProblem(reply, [400, 404, 414, 421], path);
    assert.doesNotMatch(reply.text, /devDependencies|root:x:/, path);
    assert.equal(reply.headers.has("set-cookie"), false, path);
  }
  for (const method of METHODS) assert.deepEqual(web.gateway.callsOf(method), [], method);
});

test("a name in a path is one segment: what is encoded in it reaches the gateway as it is", async () => {
  await rawHttp(port, request("GET /v1/jobs/..%2f..%2fadmin"));
  const [call] = web.gateway.callsOf("JobService.GetJob");
  assert.deepEqual(call?.json ?? { name: "jobs/../../admin" }, { name: "jobs/../../admin" });
});

test("what is no HTTP is refused, and its connection is closed", async () => {
  const crlf = "\r\n";
  const host = `host: localhost${crlf}`;
  const json = `content-type: application/json${crlf}`;
  const post = `POST /v1/estimates HTTP/1.1${crlf}${host}${json}`;
  const smuggled = `GET /v1/limits HTTP/1.1${crlf}${host}${crlf}`;
  const requests = {
    "no request line": `hello${crlf}${crlf}`,
    "a TLS greeting": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2 by itself": `PRI * HTTP/2.0${crlf}${crlf}SM${crlf}${crlf}`,
    "a version that is none": `GET / HTTP/9.9${crlf}${host}${crlf}`,
    "a header without a colon": `GET / HTTP/1.1${crlf}${host}nothing${crlf}${crlf}`,
    "a blank before the colon": `GET / HTTP/1.1${crlf}${host}a : b${crlf}${crlf}`,
    "a NUL in a header": `GET / HTTP/1.1${crlf}${host}a: \0${crlf}${crlf}`,
    "both lengths": `${post}content-length: 2${crlf}transfer-encoding: chunked${crlf}${crlf}0${crlf}${crlf}${smuggled}`,
    "two lengths": `${post}content-length: 2${crlf}content-length: 3${crlf}${crlf}{}${smuggled}`,
    "a negative length": `${post}content-length: -1${crlf}${crlf}${smuggled}`,
    "an encoding that is none": `${post}transfer-encoding: xchunked${crlf}${crlf}${smuggled}`,
    "chunked, but not last": `${post}transfer-encoding: chunked, gzip${crlf}${crlf}${smuggled}`,
    "a chunk without a size": `${post}transfer-encoding: chunked${crlf}${crlf}zz${crlf}${smuggled}`,
    "a chunk that is too long for any number": `${post}transfer-encoding: chunked${crlf}${crlf}${"f".repeat(40)}${crlf}`,
    "huge headers": `GET / HTTP/1.1${crlf}${host}a: ${"b".repeat(100_000)}${crlf}${crlf}`,
    "many headers": `GET / HTTP/1.1${crlf}${host}${`a: b${crlf}`.repeat(20_000)}${crlf}`,
  };
  for (const [what, text] of Object.entries(requests)) {
    const reply = await rawHttp(port, text);
    assert.ok(reply.isClosed, `${what}: the connection stays open`);
    // One answer alone: what follows is no request.
    assert.equal(reply.text.split("HTTP/1.1 ").length, 2, `${what}: ${reply.text}`);
    assertProblem(reply, [400, 408, 413, 421, 431], what);
  }
  assert.deepEqual(web.gateway.callsOf("CatalogService.GetLimits"), []);
});

test("HTTP/1.0 is answered, and its connection is closed", async () => {
  const reply = await rawHttp(port, "GET /health/live HTTP/1.0\r\nhost: localhost\r\n\r\n");
  assert.equal(reply.status, 200);
  assert.ok(reply.isClosed);
});

test("a name that is not this server's is refused, so that no page can make itself its neighbour", async () => {
  for (const host of [
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "a@localhost",
    "",
    undefined,
  ]) {
    const calls = web.gateway.callsOf("CatalogService.ListPresets").length;
    const line = host === undefined ? "" : `host: ${host}\r\n`;
    const text = `GET /v1/presets HTTP/1.1\r\n${line}connection: close\r\n\r\n`;
    assertProblem(await rawHttp(port, text), [400, 421], String(host));
    assert.equal(web.gateway.callsOf("CatalogService.ListPresets").length, calls, host);
  }
});

test("pages of other origins call nothing, and are not told that they might", async () => {
  for (const origin of ["https://evil.example", "null", "http://localhost:1"]) {
    const body = postJson("/v1/estimates", "{}").replace(
      "\r\n\r\n",
      `\r\norigin: ${origin}\r\n\r\n`,
    );
    const reply = await rawHttp(port, body);
    assertProblem(reply, [403], origin);
    assert.equal(reply.headers.has("access-control-allow-origin"), false, origin);
    const asks = ["access-control-request-method: POST", `origin: ${origin}`];
    const preflight = await rawHttp(port, request("OPTIONS /v1/estimates", asks));
    assert.equal(preflight.headers.has("access-control-allow-origin"), false, origin);
    assert.ok(preflight.status >= 400, origin);
  }
});

test("a page whose origin the operator has named may call, and no other header allows it more", async () => {
  const asks = ["access-control-request-method: POST", `origin: ${NAMED_ORIGIN}`];
  const preflight = await rawHttp(port, request("OPTIONS /v1/estimates", asks));
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), NAMED_ORIGIN);
  assert.equal(preflight.headers.has("access-control-allow-credentials"), false);
});

test("every answer has a policy without inline scripts, also a refusal", async () => {
  const paths = [
    "/",
    "/index.html",
    "/v1/presets",
    "/v1/nothing",
    "/openapi.json",
    "/%zz",
    "/session",
  ];
  for (const path of paths) {
    const { headers } = await rawHttp(port, request(`GET ${path}`));
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'self'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
  }
});

test("a body that is too large is refused before it has arrived", async () => {
  const head = (length: string) =>
    request("POST /v1/estimates", ["content-type: application/json", length]);
  const announced = await rawHttp(port, head("content-length: 1000000000000"));
  assertProblem(announced, [413], "announced");
  assert.ok(announced.isClosed);
  const chunk = Buffer.from(`10000\r\n${" ".repeat(0x10000)}\r\n`);
  let sent = 0;
  function* endless(): Generator<string | Buffer> {
    yield head("transfer-encoding: chunked");
    for (; sent < 512; sent++) yield chunk;
  }
  const cut = await rawHttp(port, endless());
  assert.ok(cut.isClosed);
  assert.ok(sent < 512, "all 32 MiB were taken");
});

test("what is not JSON is refused by its type and by its text", async () => {
  const types = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=a",
  ];
  for (const type of [
    ...types,
    "text/json",
    "application/xml",
    "nothing",
    ";",
    "application/json\t, a",
  ]) {
    assertProblem(await rawHttp(port, postJson("/v1/estimates", "{}", type)), [400, 415], type);
  }
  const texts = {
    "a list": "[]",
    "a text": '"a"',
    "half an object": '{"spec":',
    "two values": "{} {}",
    "a comment": "{/**/}",
    "not UTF-8": '{"a":"\xff\xfe"}',
    "a depth": `${'{"spec":'.repeat(20_000)}1${"}".repeat(20_000)}`,
    "lists in lists": "[".repeat(200_000),
    "a number that is none": '{"photoWidth":1e999}',
    "a part of a pixel": '{"photoWidth":1.5}',
    "a field twice": '{"photoWidth":1,"photoWidth":2}',
    "a prototype": '{"__proto__":{"photoWidth":1}}',
    "a constructor": '{"constructor":{"prototype":{"a":1}}}',
    "a method's name": '{"toString":1}',
    "a deep prototype": '{"spec":{"camera":{"__proto__":{"preset":"circle"}}}}',
    "an enum's prototype": '{"spec":{"priority":"__proto__"}}',
  };
  for (const [what, text] of Object.entries(texts)) {
    const reply = await rawHttp(port, postJson("/v1/estimates", text));
    assertProblem(reply, [400], what);
  }
  assert.equal(({} as { photoWidth?: number }).photoWidth, undefined);
});

test("a query has fields of the request, and no methods of objects", async () => {
  const words = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf"];
  for (const word of words) {
    for (const query of [
      `${word}=1`,
      `labels.${word}=1&${word}.a=1`,
      `states=${word}`,
      `pageSize=${word}`,
    ]) {
      const reply = await rawHttp(port, request(`GET /v1/jobs?${query}`));
      assertProblem(reply, [400], query);
    }
    const reply = await rawHttp(port, request(`GET /${word}`));
    assertProblem(reply, [404], word);
  }
  const reply = await rawHttp(port, request("GET /v1/jobs?labels.__proto__=a"));
  assert.equal(reply.status, 200);
  const call = web.gateway.callsOf("JobService.ListJobs").at(-1);
  assert.deepEqual(Object.entries(call?.json ?? {}), [["labels", JSON.parse('{"__proto__":"a"}')]]);
});

test("headers with hostile texts are refused in plain words or change nothing", async () => {
  const latin = [...hostileTexts(MARK)].filter(
    ([, text]) => !/[\r\n\0]/.test(text) && text.length < 9_000,
  );
  for (const name of [
    "authorization",
    "x-api-key",
    "cookie",
    "origin",
    "range",
    "last-event-id",
    "accept",
    "traceparent",
  ]) {
    for (const [kind, text] of latin) {
      const value = Buffer.from(text)
        .toString("latin1")
        .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "?");
      const reply = await rawHttp(port, request("GET /v1/presets", [`${name}: ${value}`]));
      const what = `${name}: ${kind}`;
      if (reply.status !== 200) assertProblem(reply, [400, 401, 403, 406], what);
    }
  }
});
