/** Models of jobs: the catalog, refused model names, and jobs whose model fails. */
import assert from "node:assert/strict";
import { truncate } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { DepthmeshError } from "../core/errors.js";
import { callUnary, meshClient } from "../kit/rpc/client.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import { readTrace } from "../kit/telemetry/trace-files.js";
import {
  CatalogServiceClient,
  type ListModelsResponse,
} from "../proto/gen/depthmesh/v1/catalog_service.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { DegradePolicy, ModelState } from "../proto/gen/depthmesh/v1/model.js";
import { ArtifactKind, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { type Fixture, SAMPLE, startFixture, untilEnded } from "../testing/mesh/fixture.js";
import { type ModelFolder, modelFolder } from "../testing/models/model-folder.js";

const SMALL = "depth-anything-v2-small";
let models: ModelFolder;
let fixture: Fixture;
before(async () => {
  models = await modelFolder();
  await truncate(models.install(SMALL, Buffer.from("the model that was vouched for")), 5);
  const environment = { DEPTHMESH_MODELS: models.path };
  fixture = await startFixture({ render: 0, encode: 0, environment });
});
after(async () => {
  await fixture?.close();
  await models.remove();
});

function create(change: Partial<JobSpec>) {
  const artifacts = [ArtifactKind.ARTIFACT_KIND_DEPTH];
  const spec = JobSpec.fromPartial({ artifacts, ...change });
  return fixture.client.createJobFromFiles(spec, { photo: SAMPLE });
}

async function catalog(): Promise<Map<string, ModelState>> {
  const client = meshClient(CatalogServiceClient, fixture.mesh.address);
  const { models: list } = await callUnary<ListModelsResponse>((metadata, done) =>
    client.listModels({}, metadata, done),
  );
  client.close();
  return new Map(list.map(({ name, state }) => [name, state]));
}

test("the catalog shows the states of the models on the depth workers", async () => {
  const states = await catalog();
  assert.equal(states.get("depthmesh-tiny"), ModelState.MODEL_STATE_AVAILABLE);
  assert.equal(states.get(SMALL), ModelState.MODEL_STATE_AVAILABLE);
  assert.equal(states.get("midas-v2.1-small"), ModelState.MODEL_STATE_NOT_INSTALLED);
  assert.equal(states.get("depth-anything-v2-large"), ModelState.MODEL_STATE_LICENCE_FORBIDDEN);
});

test("a job with a model that cannot be used is refused, and the error says what to do", async () => {
  const refusal = (model: string) =>
    create({ model }).then(
      () => assert.fail("it was accepted"),
      (error: unknown) => error as DepthmeshError,
    );
  assert.equal((await refusal("depth-anything-v9")).reason, "MODEL_UNKNOWN");
  assert.equal((await refusal("depth-anything-v2-large")).reason, "MODEL_LICENCE_FORBIDDEN");
  const { reason, metadata } = await refusal("midas-v2.1-small");
  assert.equal(reason, "MODEL_NOT_INSTALLED");
  assert.deepEqual(metadata, {
    ...{ field: "model", model: "midas-v2.1-small" },
    command: "depthmesh models pull midas-v2.1-small",
  });
});

test("a job with a broken model succeeds with the built-in one, and has a note about it", async () => {
  const { name } = await create({ model: "auto" });
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, job.error?.message);
  assert.equal(job.depthModel, "depthmesh-tiny");
  const step = {
    ...{ from: `${SMALL} on cpu`, to: "depthmesh-tiny on cpu" },
    ...{ reason: "MODEL_CORRUPT", detail: "corrupt" },
  };
  assert.deepEqual(
    job.notes.map(({ stage, code, metadata }) => [stage, code, metadata]),
    [["depth", "DEPTH_DEGRADED", step]],
  );
  const infer = readTrace(fixture.mesh.traces, job.traceId).find((span) => span.name === "infer");
  assert.deepEqual(
    infer?.events?.map(({ attributes }) => attributes),
    [step],
  );
});

test("a job that forbids stepping down fails with the reason of the model", async () => {
  const { name, spec } = await create({ degradePolicy: DegradePolicy.DEGRADE_POLICY_FORBID });
  assert.equal(spec?.degradePolicy, DegradePolicy.DEGRADE_POLICY_FORBID);
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  assert.equal(job.error && fromRpcStatus(job.error)?.reason, "MODEL_CORRUPT");
});

test("without a depth worker, known models are accepted and their state is unspecified", async () => {
  for (const child of fixture.mesh.children("depth")) await child.stop(20_000);
  const states = await catalog();
  assert.equal(states.get(SMALL), ModelState.MODEL_STATE_UNSPECIFIED);
  const { state } = await create({ model: SMALL });
  assert.equal(state, JobState.JOB_STATE_QUEUED);
  await assert.rejects(create({ model: "depth-anything-v9" }), { reason: "MODEL_UNKNOWN" });
});
