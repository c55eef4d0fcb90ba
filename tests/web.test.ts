/**
 * The web service of a mesh that asks its callers who they are, as browsers and programs use it:
 * whose key counts where, what a strange page can do, and how the service stops and comes back.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { AdminClient } from "../client/admin-client.js";
import { type NewApiKey, newApiKey } from "../kit/rpc/api-key.js";
import { Role } from "../proto/gen/depthmesh/v1/tenant.js";
import { eventually } from "../testing/eventually.js";
import { type Fixture, SAMPLE, startFixture } from "../testing/mesh/fixture.js";
import { beginRequest } from "../testing/web/raw-request.js";

type Headers = Readonly<Record<string, string>>;

const operator: NewApiKey = newApiKey();
/** Long enough to ask a service that drains, also on a busy machine. */
const DRAIN_MS = 5_000;
const QUOTA_JOBS = 7;

let fixture: Fixture;
let web = "";
/** Keys of users of two tenants. */
let acme = "";
let other = "";
before(async () => {
  fixture = await startFixture({
    ...{ depth: 0, render: 0, encode: 0, webPort: 0 },
    environment: {
      DEPTHMESH_IDENTITY: "on",
      DEPTHMESH_OPERATOR_KEY_SHA256: operator.hash,
      DEPTHMESH_QUOTA_CONCURRENT_JOBS: String(QUOTA_JOBS),
      DEPTHMESH_DRAIN_MS: String(DRAIN_MS),
    },
  });
  web = fixture.mesh.webAddress;
  const admin = new AdminClient(fixture.mesh.adminAddress, { key: operator.key });
  const keyOf = async (tenant: string) => {
    const request = { tenant, roles: [Role.ROLE_USER], note: "", expireTime: undefined };
    return (await admin.createApiKey(request)).key;
  };
  [acme, other] = [await keyOf("acme"), await keyOf("other")];
  admin.close();
});
after(() => fixture?.close());

const as = (key: string): Headers => ({ authorization: `Bearer ${key}` });

async function call(method: string, path: string, headers: Headers = {}, body?: FormData | string) {
  const response = await fetch(`${web}${path}`, {
    ...{ method, headers, signal: AbortSignal.timeout(30_000) },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const json = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, json };
}

const get = (path: string, headers: Headers) => call("GET", path, headers);

async function photoForm(): Promise<FormData> {
  const form = new FormData();
  form.append("header", "{}");
  form.append("photo", new Blob([Uint8Array.from(await readFile(SAMPLE))]), "coffee.png");
  return form;
}

/** What a browser sends from now on that has given a key to the studio. */
async function signedIn(key: string): Promise<Headers> {
  const headers = { "content-type": "application/json", origin: web };
  const answer = await call("PUT", "/session", headers, JSON.stringify({ key }));
  assert.equal(answer.status, 200, JSON.stringify(answer.json));
  const [kept = ""] = answer.headers.getSetCookie();
  assert.match(kept, /; HttpOnly; SameSite=Strict$/);
  return { cookie: kept.split(";")[0] ?? "" };
}

test("without a key there is nothing to see but the page and the health", async () => {
  for (const path of ["/v1/jobs", "/v1/limits", "/session", "/v1/admin/status"]) {
    const { status, json, headers } = await get(path, {});
    assert.deepEqual([status, json.reason], [401, "CREDENTIALS_MISSING"], path);
    assert.equal(headers.get("www-authenticate"), "Bearer");
  }
  const refused = await call("POST", "/v1/jobs", {}, await photoForm());
  assert.deepEqual([refused.status, refused.json.reason], [401, "CREDENTIALS_MISSING"]);
  assert.equal((await get("/v1/jobs", as(newApiKey().key))).json.reason, "CREDENTIALS_INVALID");
  assert.equal((await get("/health/ready", {})).status, 200);
  assert.equal((await fetch(web)).status, 200);
});

test("a key counts in a header and in the studio's cookie, and is of one tenant", async () => {
  assert.equal((await get("/v1/limits", as(acme))).json.tenant, "acme");
  assert.equal((await get("/v1/limits", { "x-api-key": other })).json.tenant, "other");
  const studio = await signedIn(acme);
  const who = { tenant: "acme", roles: ["ROLE_USER"], signedIn: true };
  assert.deepEqual((await get("/session", studio)).json, who);
  assert.equal((await get("/v1/limits", { ...studio, ...as(other) })).json.tenant, "other");
});

test("the studio makes a job; no strange page does, and no other tenant sees it", async () => {
  const studio = await signedIn(acme);
  const create = async (headers: Headers) =>
    call("POST", "/v1/jobs", { ...studio, ...headers }, await photoForm());
  const made = await create({ origin: web });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  const path = made.headers.get("location") ?? assert.fail("no location");
  assert.equal((await get(path, as(acme))).json.name, made.json.name);

  for (const from of ["https://evil.example", web.replace(/\d+$/, "3000"), "null"]) {
    const { status, json } = await create({ origin: from });
    assert.deepEqual([status, json.reason], [403, "ORIGIN_FORBIDDEN"], from);
  }
  // A program is no page: only its own key counts.
  assert.equal((await create({})).json.reason, "CREDENTIALS_MISSING");
  const listed = (await get("/v1/jobs", as(acme))).json.jobs as readonly unknown[];
  assert.equal(listed.length, 1);

  for (const [method, suffix] of [
    ["GET", ""],
    ["GET", "/events"],
    ["GET", "/trace"],
    ["GET", "/artifacts/video.mp4"],
    ["POST", "/cancel"],
    ["POST", "/retry"],
    ["DELETE", ""],
  ] as const) {
    const { status, json } = await call(method, `${path}${suffix}`, as(other));
    assert.deepEqual([status, json.reason], [404, "JOB_NOT_FOUND"], `${method} ${suffix}`);
  }
  assert.deepEqual((await get("/v1/jobs", as(other))).json, {});
  assert.equal((await call("POST", `${path}/cancel`, { ...studio, origin: web })).status, 200);
});

test("operators' paths are for operators", async () => {
  for (const path of ["/v1/admin/status", "/v1/admin/keys", "/v1/admin/dead-letters"]) {
    const refused = await get(path, as(acme));
    assert.deepEqual([refused.status, refused.json.reason], [403, "ROLE_REQUIRED"], path);
    assert.equal((await get(path, await signedIn(acme))).status, 403, path);
    assert.equal((await get(path, as(operator.key))).status, 200, path);
  }
});

test("answers say what is left of the quota, those with files in them too", async () => {
  const left = ({ headers }: { readonly headers: globalThis.Headers }) =>
    headers.get("x-depthmesh-quota-jobs-left");
  assert.equal(left(await get("/v1/jobs", as(other))), String(QUOTA_JOBS));
  const made = await call("POST", "/v1/jobs", as(other), await photoForm());
  assert.equal(left(made), String(QUOTA_JOBS - 1));
  const path = made.headers.get("location") ?? assert.fail("no location");
  const early = await get(`${path}/artifacts/video.mp4`, as(other));
  assert.deepEqual([early.json.reason, left(early)], ["JOB_NOT_READY", String(QUOTA_JOBS - 1)]);
  const upload = await call("POST", "/v1/uploads", as(other), "bytes");
  assert.deepEqual([upload.status, left(upload)], [201, String(QUOTA_JOBS - 1)]);
});

test("metrics name nobody", async () => {
  const text = await (await fetch(`${web}/metrics`)).text();
  assert.match(text, /http_route="\/v1\/jobs\/:job\/cancel",http_response_status_code="404"\} 1/);
  const jobs = (await get("/v1/jobs", as(acme))).json.jobs as readonly { readonly name: string }[];
  const [name = ""] = jobs.map((job) => job.name.replace("jobs/", ""));
  assert.notEqual(name, "");
  for (const secret of [name, "acme", acme, other, operator.key]) {
    assert.ok(!text.includes(secret), "a name is in the metrics");
  }
});

test("a service that stops says so until its requests are done, and comes back at its port", async () => {
  const [child] = fixture.mesh.children("web");
  assert.ok(child?.pid, "the web service runs");
  const first = child.pid;
  const open = await beginRequest(web, "POST /v1/uploads", [
    `authorization: Bearer ${acme}`,
    "content-length: 1000",
  ]);
  open.socket.write("some");
  await eventually("the upload is open", async () => {
    const text = await (await fetch(`${web}/metrics`)).text();
    return /active_requests\{[^}]*"POST",http_route="\/v1\/uploads"[^}]*\} 1/.test(text);
  });
  process.kill(first, "SIGTERM");
  await eventually("it is not ready", async () => {
    const { status, json } = await get("/health/ready", {});
    return status === 503 && json.reason === "DRAINING";
  });
  const refused = await get("/v1/jobs", as(acme));
  assert.deepEqual([refused.status, refused.json.reason], [503, "DRAINING"]);
  assert.ok(refused.headers.has("retry-after"));
  open.socket.destroy();
  await eventually("another has its place", async () => {
    const isBack = child.pid !== undefined && child.pid !== first;
    return isBack && (await get("/health/ready", {}).catch(() => undefined))?.status === 200;
  });
  assert.equal(fixture.mesh.webAddress, web);
  assert.equal((await get("/v1/limits", as(acme))).json.tenant, "acme");
});
