/** What steps can let happen to the mesh: `mesh: kill gateway`. */
import assert from "node:assert/strict";
import type { ServiceName } from "../../launcher/child.js";
import { eventually } from "../../testing/eventually.js";
import { residentMib } from "../../testing/process-facts.js";
import type { MeshUnderTest } from "./mesh-under-test.js";

type Argument = Readonly<Record<string, unknown>>;

/** Memory of the gateway when `note memory` was last said, in MiB. */
const noted = new WeakMap<MeshUnderTest, number>();

type Verb = (under: MeshUnderTest, argument: Argument) => Promise<void>;

export const MESH_VERBS: Readonly<Record<string, Verb>> = {
  /** It dies at once; its supervisor starts another, whose serving nobody waits for. */
  "kill gateway": async (under) => signalTo(under, "gateway", "SIGKILL"),
  /** It is asked to stop, as by a deployment; its supervisor starts another. */
  "restart gateway": async (under) => signalTo(under, "gateway", "SIGTERM"),
  "kill encode": async (under) => signalTo(under, "encode", "SIGKILL"),
  "await gateway": async ({ mesh }) => {
    await mesh.children("gateway")[0]?.untilServing();
  },
  /** NATS answers no more; the supervisor is not asked, so `resume nats` must follow soon. */
  "pause nats": async ({ mesh }) => void process.kill(pid(mesh.nats.pid), "SIGSTOP"),
  "resume nats": async ({ mesh }) => void process.kill(pid(mesh.nats.pid), "SIGCONT"),
  "note memory": async (under) => {
    noted.set(under, await gatewayMib(under));
  },
  /** with: { mib }: the gateway has grown by at most so much, now and for two seconds. */
  "memory grew at most": async (under, { mib }) => {
    const before = noted.get(under);
    assert.ok(before !== undefined, "note memory comes before");
    let last = -1;
    // It has come to rest when it no longer grows.
    const after = await eventually("the gateway's memory comes to rest", async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const now = await gatewayMib(under);
      const rests = Math.abs(now - last) < 1;
      last = now;
      return rests && now;
    });
    const grown = after - before;
    assert.ok(grown <= Number(mib), `the gateway has grown by ${grown.toFixed(1)} MiB`);
  },
};

const gatewayMib = ({ mesh }: MeshUnderTest) => residentMib(pid(mesh.children("gateway")[0]?.pid));

function pid(found: number | undefined): number {
  return found ?? assert.fail("the process does not run");
}

function signalTo({ mesh }: MeshUnderTest, service: ServiceName, signal: NodeJS.Signals): void {
  process.kill(pid(mesh.children(service)[0]?.pid), signal);
}
