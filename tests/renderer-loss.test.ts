/**
 * The render service loses its display or its GL thread: it reports this, ends within 5 s, is
 * started again, and the job is finished.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoPath } from "grpc-health-check";
import { download } from "../cli/job-files.js";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { probeVideo } from "../testing/encode/video.js";
import {
  type Fixture,
  longSpec,
  SAMPLE,
  startFixture,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";
import { descendants } from "../testing/process-facts.js";

const run = promisify(execFile);
const LIMIT_MS = 5_000;
let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture.close());

/** The process id of the X server that a render service has started. */
async function displayOf(renderer: number): Promise<number> {
  const display = (await descendants(renderer)).find(({ name }) => name === "Xvfb");
  return display?.pid ?? assert.fail("no Xvfb runs");
}

/** Each health status of a service, and GONE when its server is gone. */
async function* healthOf(address: string): AsyncGenerator<string> {
  const definition = loadPackageDefinition(loadSync(protoPath, { enums: String, defaults: true }));
  const { Health } = (definition.grpc as { health: { v1: { Health: unknown } } }).health.v1;
  const client = new (Health as ServiceClientConstructor)(address, credentials.createInsecure());
  const call = client.watch?.({ service: "" });
  try {
    for await (const { status } of call) yield String(status);
  } catch {
    yield "GONE";
  } finally {
    client.close();
  }
}

test("after its display is killed, render is gone within 5 s, restarted, and finishes the job", async () => {
  const { client, mesh, folder } = fixture;
  const [render] = mesh.children("render");
  const pid = render?.pid ?? assert.fail("it runs");
  const health = healthOf(render?.address ?? "");
  assert.equal((await health.next()).value, "SERVING");
  const spec = longSpec();
  if (spec.clip) spec.clip.durationSeconds = 4;
  const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE });
  await untilProgress(client, name, "encode", 0.05);

  const killedAtMs = Date.now();
  process.kill(await displayOf(pid), "SIGKILL");
  const states: string[] = [];
  for await (const state of health) states.push(state);
  assert.ok(Date.now() - killedAtMs < LIMIT_MS, "the server is gone in time");
  assert.deepEqual(states, ["NOT_SERVING", "GONE"]);

  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  assert.notEqual(render?.pid, pid, "another process did it");
  const file = join(folder, "after-loss.mp4");
  await download(client, job, "video.mp4", file);
  assert.equal((await probeVideo(file)).nb_read_frames, "120");
  const log = await readFile(join(mesh.data, "mesh.log"), "utf8");
  assert.match(log, /Xvfb was ended by SIGKILL/);
});

test("a start without a display fails and names the reason", async () => {
  const { mesh } = fixture;
  const main = packagePath("dist", "services", "render", "main.js");
  const env = childEnvironment({
    DISPLAY: ":61999",
    DEPTHMESH_NATS_URL: mesh.natsUrlFor("render"),
    DEPTHMESH_GATEWAY: mesh.internalAddress,
    DEPTHMESH_TRACES: mesh.traces,
  });
  const { code, stderr } = await run(process.execPath, [main], { env }).then(
    () => assert.fail("it started"),
    (error: { code: number; stderr: string }) => error,
  );
  assert.equal(code, 1);
  assert.match(stderr, /error: no GL context on display :61999/);
});

test("a lost part that also hangs does not keep its process alive", async () => {
  const { mesh } = fixture;
  const main = packagePath("dist", "testing", "mesh", "hung-service.js");
  const env = childEnvironment({
    DEPTHMESH_NATS_URL: mesh.natsUrlFor("render"),
    DEPTHMESH_TRACES: mesh.traces,
  });
  const { signal, stderr } = await run(process.execPath, [main], { env }).then(
    () => assert.fail("it ended without an error"),
    (error: { signal: string; stderr: string }) => error,
  );
  assert.equal(signal, "SIGKILL");
  assert.match(stderr, /the driver did not answer/);
});
