/** What becomes of requests, answers and refusals on their way to the gateway and back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { DepthmeshError } from "../../../core/errors.js";
import { eventually } from "../../../testing/eventually.js";
import { type ScriptedWeb, startScriptedWeb } from "../../../testing/web/web-parts.js";

const PICTURE = { mediaType: "image/png", width: 2, height: 1, data: "iVBORw==" };

let web: ScriptedWeb;
before(async () => {
  new NodeTracerProvider().register();
  web = await startScriptedWeb(
    {
      "JobService.GetJob": ({ json }) => {
        const { name } = json as { name: string };
        if (name !== "jobs/a") throw new DepthmeshError("JOB_NOT_FOUND", `there is no ${name}`);
        return { name };
      },
      "JobService.ListJobs": () => ({ jobs: [{ name: "jobs/a" }] }),
      "JobService.CancelJob": () => {
        throw new DepthmeshError("JOB_ALREADY_TERMINAL", "the job has ended");
      },
      "JobService.RetryJob": () => ({ name: "jobs/b" }),
      "JobService.EstimateJob": () => {
        throw new DepthmeshError("RATE_LIMITED", "too many", { retryDelayMs: 1_200 });
      },
      "PreviewService.RenderContactSheet": () => ({ picture: PICTURE, presets: ["arc", "pan"] }),
      "CatalogService.ListModels": ({ signal }) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve({}))),
      "AdminService.SetTenantQuota": ({ json }) => json,
    },
    { trailers: { "x-depthmesh-quota-jobs-left": "3", "x-other": "1" } },
  );
});
after(() => web.close());

const lastOf = (method: string) => web.gateway.callsOf(method).at(-1);

test("a query is read by the fields of the request", async () => {
  const query = "pageSize=20&states=JOB_STATE_FAILED&states=JOB_STATE_CANCELLED&labels.album=a%20b";
  const time = "createdFrom=2026-01-02T03:04:05Z";
  const answer = await web.app.inject({ url: `/v1/jobs?${query}&${time}` });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(answer.json(), { jobs: [{ name: "jobs/a" }] });
  assert.deepEqual(lastOf("JobService.ListJobs")?.json, {
    pageSize: 20,
    states: ["JOB_STATE_FAILED", "JOB_STATE_CANCELLED"],
    labels: { album: "a b" },
    createdFrom: "2026-01-02T03:04:05Z",
  });
});

for (const [url, field] of [
  ["/v1/jobs?pagesize=20", "pagesize"],
  ["/v1/jobs?pageSize=1&pageSize=2", "pageSize"],
  ["/v1/jobs?pageSize=many", "pageSize"],
  ["/v1/jobs?states=FAILED", "states"],
  ["/v1/jobs?createdFrom=yesterday", "createdFrom"],
  ["/v1/jobs?labels=a", "labels"],
  ["/v1/jobs?labels.a=1&labels.a=2", "labels.a"],
  ["/v1/jobs?__proto__=1", "__proto__"],
  ["/v1/jobs/a?name=jobs/b", "name"],
  ["/v1/limits?all=1", "all"],
] as const) {
  test(`${url} is refused with the name that is at fault`, async () => {
    const answer = await web.app.inject({ url });
    assert.equal(answer.statusCode, 400, answer.body);
    const { reason, violations } = answer.json();
    assert.equal(reason, "PARAMETER_UNKNOWN");
    assert.deepEqual(
      violations.map((one: { field: string }) => one.field),
      [field],
    );
  });
}

test("a name comes from the path, decoded, and its errors come back with their status", async () => {
  assert.deepEqual((await web.app.inject({ url: "/v1/jobs/a" })).json(), { name: "jobs/a" });
  const answer = await web.app.inject({ url: "/v1/jobs/..%2Fx" });
  assert.equal(answer.statusCode, 404);
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
  assert.deepEqual(lastOf("JobService.GetJob")?.json, { name: "jobs/../x" });
  assert.equal(
    (await web.app.inject({ method: "POST", url: "/v1/jobs/a/cancel" })).statusCode,
    409,
  );
});

const post = (url: string, payload: string, type = "application/json") =>
  web.app.inject({ method: "POST", url, payload, headers: { "content-type": type } });

test("a body of JSON becomes the request; what is not in it comes from the path", async () => {
  const answer = await post("/v1/jobs/a/retry", '{"from_stage": "JOB_STAGE_RENDER"}');
  assert.deepEqual(answer.json(), { name: "jobs/b" });
  const request = { name: "jobs/a", fromStage: "JOB_STAGE_RENDER" };
  assert.deepEqual(lastOf("JobService.RetryJob")?.json, request);
  assert.equal((await post("/v1/jobs/a/retry", "")).statusCode, 200);
});

test("every field of a body that is wrong is named by its path", async () => {
  const body = { spec: { camera: { preste: "arc" }, outputs: [{ crf: "x" }, 3] }, photoWidth: [] };
  const { violations, reason } = (await post("/v1/estimates", JSON.stringify(body))).json();
  assert.equal(reason, "PARAMETER_UNKNOWN");
  assert.deepEqual(
    violations.map((one: { field: string }) => one.field),
    ["spec.camera.preste", "spec.outputs[0].crf", "spec.outputs[1]", "photoWidth"],
  );
});

for (const [what, body, status, reason, type] of [
  ["no JSON", "{", 400, "PARAMETER_UNKNOWN", undefined],
  ["a list", "[]", 400, "PARAMETER_UNKNOWN", undefined],
  ["a field twice", '{"fromStage":1,"fromStage":2}', 400, "PARAMETER_CONFLICT", undefined],
  ["a field of the path", '{"name":"jobs/b"}', 400, "PARAMETER_CONFLICT", undefined],
  ["depth", `${"[".repeat(99)}${"]".repeat(99)}`, 400, "PARAMETER_OUT_OF_RANGE", undefined],
  ["a form", "a=b", 415, "PARAMETER_UNKNOWN", "application/x-www-form-urlencoded"],
  ["text", "{}", 415, "PARAMETER_UNKNOWN", "text/plain"],
  ["2 MiB", `"${"x".repeat(2 ** 21)}"`, 413, "PARAMETER_OUT_OF_RANGE", undefined],
  ["no UTF-8", Buffer.from([0x22, 0xff, 0x22]), 400, "PARAMETER_UNKNOWN", undefined],
] as const) {
  test(`a body with ${what} is refused with ${status}`, async () => {
    const answer = await web.app.inject({
      method: "POST",
      url: "/v1/jobs/a/retry",
      payload: body,
      headers: { "content-type": type ?? "application/json" },
    });
    assert.equal(answer.statusCode, status, answer.body);
    assert.equal(answer.json().reason, reason);
  });
}

test("a method that a path lacks gets those that it has, an unknown path gets 404", async () => {
  const wrong = await web.app.inject({ method: "PUT", url: "/v1/jobs/a/retry" });
  assert.equal(wrong.statusCode, 405);
  assert.equal(wrong.headers.allow, "POST");
  // A word of the interface is no name of a job.
  for (const method of ["GET", "DELETE", "OPTIONS"] as const) {
    const batch = await web.app.inject({ method, url: "/v1/jobs/batch?x=1" });
    assert.deepEqual([batch.statusCode, batch.headers.allow], [405, "POST"], method);
  }
  const unknown = await web.app.inject({ url: "/v1/job" });
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.json().reason, "METHOD_UNKNOWN");
});

test("a refusal says in whole seconds when to come again", async () => {
  const answer = await post("/v1/estimates", "{}");
  assert.equal(answer.statusCode, 429);
  assert.equal(answer.headers["retry-after"], "2");
});

test("what is left of a quota comes as headers, of answers and of refusals", async () => {
  for (const answer of [await web.app.inject("/v1/jobs"), await post("/v1/estimates", "{}")]) {
    assert.equal(answer.headers["x-depthmesh-quota-jobs-left"], "3");
    assert.equal(answer.headers["x-other"], undefined);
  }
});

test("a picture comes as it is to whoever wants pictures only", async () => {
  const url = "/v1/previews/contact-sheet";
  const ask = (accept: string) =>
    web.app.inject({ method: "POST", url, payload: {}, headers: { accept } });
  const picture = await ask("image/*");
  assert.equal(picture.headers["content-type"], "image/png");
  assert.equal(picture.headers["depthmesh-presets"], "arc,pan");
  assert.deepEqual(picture.rawPayload, Buffer.from("iVBORw==", "base64"));
  assert.deepEqual((await ask("application/json, image/*")).json().picture, PICTURE);
  assert.deepEqual((await ask("*/*")).json().picture, PICTURE);
});

test("a request continues its caller's trace, also after its body was read", async () => {
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const headers = { traceparent, "content-type": "application/json" };
  await web.app.inject({ method: "POST", url: "/v1/jobs/a/retry", payload: "{}", headers });
  assert.deepEqual(lastOf("JobService.RetryJob")?.metadata.get("traceparent"), [traceparent]);
  await web.app.inject("/v1/jobs");
  assert.deepEqual(lastOf("JobService.ListJobs")?.metadata.get("traceparent"), []);
});

test("a quota is set by PUT with its tenant in the path", async () => {
  const answer = await web.app.inject({
    method: "PUT",
    url: "/v1/admin/quotas/team-a",
    payload: { quota: { concurrentJobs: 2 } },
  });
  assert.deepEqual(answer.json(), { tenant: "team-a", quota: { concurrentJobs: 2 } });
});

test("the call ends when the caller goes", async () => {
  const address = await web.app.listen({ port: 0, host: "127.0.0.1" });
  const gone = new AbortController();
  const asked = fetch(`${address}/v1/models`, { signal: gone.signal });
  asked.catch(() => {});
  await eventually("the gateway is asked", () => lastOf("CatalogService.ListModels"));
  gone.abort();
  const { signal } = lastOf("CatalogService.ListModels") ?? assert.fail();
  if (!signal.aborted) await new Promise((ended) => signal.addEventListener("abort", ended));
});
