/** What steps can let happen to the mesh: `mesh: kill gateway`. */
import assert from "node:assert/strict";
import { pause } from "../../kit/async/delay.js";
import type { ServiceName } from "../../launcher/child.js";
import { JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { JobServiceService } from "../../proto/gen/depthmesh/v1/job_service.js";
import { eventually, succeeds } from "../../testing/eventually.js";
import { residentMib } from "../../testing/process-facts.js";
import type { MeshUnderTest } from "./mesh-under-test.js";

type Argument = Readonly<Record<string, unknown>>;

/** Memory of the gateway when `note memory` was last said, in MiB. */
const noted = new WeakMap<MeshUnderTest, number>();
/** Process ids that have got a signal. */
const dying = new Set<number>();

const RUNNING = [
  ...[JobState.JOB_STATE_QUEUED, JobState.JOB_STATE_DEPTH],
  ...[JobState.JOB_STATE_RENDER, JobState.JOB_STATE_ENCODE],
];

type Verb = (under: MeshUnderTest, argument: Argument) => Promise<unknown>;

export const MESH_VERBS: Readonly<Record<string, Verb>> = {
  /** It dies at once; its supervisor starts another, whose serving nobody waits for. */
  "kill gateway": async (under) => signalTo(under, "gateway", "SIGKILL"),
  /** It is asked to stop, as by a deployment; its supervisor starts another. */
  "restart gateway": async (under) => signalTo(under, "gateway", "SIGTERM"),
  "kill encode": async (under) => signalTo(under, "encode", "SIGKILL"),
  /** Another process serves in place of the one that got a signal, or was drained. */
  "await gateway": (under) => untilServing(under, "gateway"),
  "await encode": (under) => untilServing(under, "encode"),
  /** NATS answers no more; `resume nats` must follow before its supervisor kills it. */
  "pause nats": async ({ mesh }) => process.kill(pid(mesh.nats.pid), "SIGSTOP"),
  "resume nats": async ({ mesh }) => process.kill(pid(mesh.nats.pid), "SIGCONT"),
  "await nats": async ({ mesh, admin }) => {
    await mesh.nats.untilServing();
    await eventually("the gateway is connected with NATS", async () => {
      return (await admin.getMeshStatus()).natsConnected;
    });
  },
  /** Every job has ended. */
  "await idle": ({ client }) =>
    eventually("every job has ended", async () => {
      const request = { pageSize: 1, pageToken: "", states: RUNNING, labels: {}, tenant: "*" };
      return (await client.call(JobServiceService.listJobs, request)).jobs.length === 0;
    }),
  /** with: { job }: its dead letter, which is written a moment after the job has failed. */
  "await dead letter": async ({ admin }, { job }) => {
    const name = String(job).replace("jobs/", "deadLetters/");
    await eventually(`there is ${name}`, () => succeeds(admin.getDeadLetter(name)));
    return { name };
  },
  "note memory": async (under) => noted.set(under, await gatewayMib(under)),
  /** with: { mib }: the gateway has grown by at most so much when it no longer grows. */
  "memory grew at most": async (under, { mib }) => {
    const before = noted.get(under);
    assert.ok(before !== undefined, "note memory comes before");
    let last = -1;
    const after = await eventually("the gateway's memory comes to rest", async () => {
      await pause(SETTLE_MS);
      const now = await gatewayMib(under);
      const rests = Math.abs(now - last) < 1;
      last = now;
      return rests && now;
    });
    const grown = after - before;
    assert.ok(grown <= Number(mib), `the gateway has grown by ${grown.toFixed(1)} MiB`);
  },
};

/** Time in which a gateway that still fills buffers grows by more than 1 MiB. */
const SETTLE_MS = 500;

const gatewayMib = ({ mesh }: MeshUnderTest) => residentMib(pid(mesh.children("gateway")[0]?.pid));

function pid(found: number | undefined): number {
  return found ?? assert.fail("the process does not run");
}

function signalTo(under: MeshUnderTest, service: ServiceName, signal: NodeJS.Signals): void {
  under.disturbed = true;
  const found = pid(under.mesh.children(service)[0]?.pid);
  dying.add(found);
  process.kill(found, signal);
}

async function untilServing({ mesh }: MeshUnderTest, service: ServiceName): Promise<void> {
  const [child] = mesh.children(service);
  await eventually(`another ${service} runs`, () => {
    return child?.pid !== undefined && !dying.has(child.pid);
  });
  await child?.untilServing();
}
