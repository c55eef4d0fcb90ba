/**
 * `npm run bench -- hostile`: what a healthy caller notices of hostile ones, in pairs: alone, and
 * beside an attack, again and again. Callers are asked who they are.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { AdminClient } from "../../client/admin-client.js";
import { DepthmeshClient } from "../../client/client.js";
import { pause } from "../../kit/async/delay.js";
import { packagePath } from "../../kit/process/package-path.js";
import { newApiKey } from "../../kit/rpc/api-key.js";
import type { Mesh } from "../../launcher/mesh.js";
import { Role } from "../../proto/gen/depthmesh/v1/tenant.js";
import { pidOf, untilEnded } from "../../testing/mesh/fixture.js";
import { atLeast, atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { createWithId } from "../../testing/tenants/caller.js";
import { startBenchMesh } from "../bench-mesh.js";
import { ATTACK_NAMES, ATTACKS, type AttackName, type AttackPlan, POLITE } from "./attack-plan.js";
import { type Health, type HealthyCaller, healthOf } from "./healthy.js";
import { made } from "./made-photo.js";

const PAIRS = 3;
const RATIO_AIM = 2;
/** After an attack, until the gateway has cleared up. */
const REST_MS = 1_000;
/** An attack that is not underway by then has what it can get. */
const UNDERWAY_MS = 10_000;

export async function* hostile(
  attacks: readonly AttackName[] = ATTACK_NAMES,
): AsyncGenerator<BenchLine> {
  const operator = newApiKey();
  const environment = {
    DEPTHMESH_IDENTITY: "on",
    DEPTHMESH_OPERATOR_KEY_SHA256: operator.hash,
  };
  const { mesh, stop } = await startBenchMesh({ encode: 0, environment });
  const admin = new AdminClient(mesh.adminAddress, { key: operator.key });
  try {
    const alice = await tenantOf("alice", mesh, admin);
    const mallory = await tenantOf("mallory", mesh, admin);
    mallory.client.close();
    const gateway = pidOf(mesh, "gateway");
    await healthOf(alice, gateway);
    const lines: BenchLine[] = [];
    for (const attack of attacks) {
      const { key, job } = mallory;
      const pairs = await measuredPairs(alice, gateway, {
        attack,
        address: mesh.address,
        key,
        job,
      });
      yield* figures(attack, pairs);
      if (attack !== POLITE) lines.push(...aims(attack, pairs));
    }
    yield* lines;
    alice.client.close();
  } finally {
    admin.close();
    await stop();
  }
}

async function tenantOf(tenant: string, mesh: Mesh, admin: AdminClient): Promise<HealthyCaller> {
  const request = { tenant, roles: [Role.ROLE_USER], note: "", expireTime: undefined };
  const { key } = await admin.createApiKey(request);
  const client = new DepthmeshClient(mesh.address, { key });
  const photo = await made();
  const { name: job } = await createWithId({ client, key, photo }, "first");
  await untilEnded(client, job);
  return { client, key, job, photo };
}

interface Pair {
  readonly alone: Health;
  /** Undefined where the healthy caller was refused. */
  readonly beside: Health | undefined;
}

async function measuredPairs(
  alice: HealthyCaller,
  gateway: number,
  plan: AttackPlan,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const polite = plan.attack === "cameras" ? await begin({ ...plan, attack: POLITE }) : undefined;
    const alone = await healthOf(alice, gateway);
    if (polite) await end(polite);
    const attacker = await begin(plan);
    const beside = await healthOf(alice, gateway).catch((error: Error) => {
      process.stderr.write(`beside ${plan.attack}: ${error.message}\n`);
      return undefined;
    });
    await end(attacker);
    await pause(REST_MS);
    pairs.push({ alone, beside });
  }
  return pairs;
}

async function begin(plan: AttackPlan): Promise<ChildProcess> {
  const program = packagePath("dist", "bench", "hostile", "attacker.js");
  const attacker = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  attacker.stdin.on("error", () => {});
  attacker.stdin.write(`${JSON.stringify(plan)}\n`);
  await Promise.race([once(attacker.stdout, "data"), pause(UNDERWAY_MS)]);
  return attacker;
}

async function end(attacker: ChildProcess): Promise<void> {
  if (attacker.exitCode !== null) return;
  attacker.stdin?.end();
  await once(attacker, "exit");
}

function* figures(attack: AttackName, pairs: readonly Pair[]): Generator<BenchLine> {
  const figure = figuresOf("hostile", ATTACKS[attack]);
  const alone = pairs.map((pair) => pair.alone);
  const beside = pairs.flatMap((pair) => pair.beside ?? []);
  for (const [name, healths] of [["alone", alone] as const, ["beside", beside] as const]) {
    yield figure(`p50 ${name}`, median(healths.map(({ p50Ms }) => p50Ms)), "ms");
    yield figure(`p95 ${name}`, median(healths.map(({ p95Ms }) => p95Ms)), "ms");
    yield figure(`gateway's main thread ${name}`, median(healths.map(({ busy }) => busy)), "%");
    yield figure(`upload and job ${name}`, median(healths.map(({ uploadMs }) => uploadMs)), "ms");
  }
  yield figure("p95, ratio", ratioOf(pairs), "");
  yield figure("uploads that succeed", beside.length, `of ${pairs.length}`);
}

/** The median of the pairs: what else the machine does meets some of them. */
function ratioOf(pairs: readonly Pair[]): number {
  return median(
    pairs.map(({ alone, beside }) =>
      beside ? beside.p95Ms / alone.p95Ms : Number.POSITIVE_INFINITY,
    ),
  );
}

function* aims(attack: AttackName, pairs: readonly Pair[]): Generator<BenchLine> {
  const what = ATTACKS[attack];
  yield atMost(`p95 beside ${what}, over that alone`, ratioOf(pairs), RATIO_AIM, "");
  const succeeded = pairs.filter(({ beside }) => beside).length;
  yield atLeast(`uploads beside ${what}`, succeeded, pairs.length, "");
}
