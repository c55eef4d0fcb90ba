/** Starts a mesh and a runner, and carries out the cases one after another. */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../testing/eventually.js";
import { type Case, readCaseList } from "./case-list.js";
import { type MeshUnderTest, startMeshUnderTest } from "./mesh-under-test.js";
import { MESH_VERBS } from "./mesh-verbs.js";
import { OPERATION_METHODS } from "./operation-methods.js";
import { runCase } from "./run-case.js";
import { RunnerProcess } from "./runner-process.js";
import { methodOf } from "./ts/messages.js";

export interface CaseOutcome {
  readonly name: string;
  /**
   * "second": it held at the second try; the differences are those of the first. Many cases kill
   * processes or count on times, which a busy machine can upset once.
   */
  readonly state: "ok" | "second" | "differs" | "pending";
  readonly seconds: number;
  readonly differences: readonly string[];
}

/**
 * `only` are names of cases; empty means all. `onOutcome` is told of each as it ends. Throws if
 * there is no case of a name.
 */
export async function conformance(
  command: string,
  args: readonly string[],
  only: readonly string[] = [],
  onOutcome: (outcome: CaseOutcome) => void = () => {},
): Promise<CaseOutcome[]> {
  const { cases, values } = readCaseList();
  for (const name of only) {
    if (!cases.some((each) => each.name === name)) throw new Error(`there is no case ${name}`);
  }
  const wanted = cases.filter(({ name }) => only.length === 0 || only.includes(name));
  const under = await startMeshUnderTest();
  let runner: RunnerProcess | undefined;
  try {
    const outcomes: CaseOutcome[] = [];
    for (const each of wanted) {
      const startMs = performance.now();
      const end = (state: CaseOutcome["state"], differences: readonly string[] = []) => {
        const seconds = (performance.now() - startMs) / 1000;
        const outcome = { name: each.name, state, seconds, differences };
        outcomes.push(outcome);
        onOutcome(outcome);
      };
      if (each.pending !== undefined) {
        end("pending", [each.pending]);
        continue;
      }
      runner ??= await RunnerProcess.start(command, args);
      const first = await attempt(each, values, runner, under);
      if (first.length === 0) {
        end("ok");
        continue;
      }
      const second = await attempt(each, values, runner, under);
      if (second.length === 0) end("second", first);
      else end("differs", second);
    }
    return outcomes;
  } finally {
    await runner?.stop();
    await under.close();
  }
}

/** The differences of one run of a case. */
async function attempt(
  each: Case,
  values: Readonly<Record<string, unknown>>,
  runner: RunnerProcess,
  under: MeshUnderTest,
): Promise<string[]> {
  if (under.disturbed) await reconnect(runner, under);
  const unique = `${each.name}-${randomBytes(6).toString("hex")}`;
  const folder = join(under.folder, unique);
  await mkdir(folder);
  return outcomeOf(each, {
    runner,
    values: new Map<string, unknown>([
      ...Object.entries(values),
      ["files", under.files],
      ["folder", folder],
      // Too soon for a job to end until then, and late enough to be accepted.
      ["soon", new Date(Date.now() + 4_000).toISOString()],
      ["unique", unique],
    ]),
    connectionOf: (caller, operation, method) =>
      under.connectionOf(caller, serviceOf(operation, method)),
    mesh: async (verb, argument) => {
      const act = MESH_VERBS[verb];
      if (!act) throw new Error(`there is no verb ${verb}`);
      const result = await act(under, argument);
      if (verb.startsWith("await")) await reconnect(runner, under);
      return result;
    },
  });
}

/**
 * A client that has lost its connection waits before it makes another, and refuses calls meanwhile.
 */
async function reconnect(runner: RunnerProcess, under: MeshUnderTest): Promise<void> {
  await MESH_VERBS["await gateway"]?.(under, {});
  for (const [caller, operation] of PROBES) {
    await eventually(`${caller} reaches the gateway again`, async () => {
      const to = under.connectionOf(caller, serviceOf(operation, ""));
      const call = runner.start({ do: operation, to, with: {} });
      await runner.untilEnded(call, operation);
      return call.error === undefined;
    });
  }
  under.disturbed = false;
}

/** Calls that succeed whenever their caller reaches the gateway. */
const PROBES = [
  ["alice", "listPresets"],
  ["bob", "listPresets"],
  ["carol", "listPresets"],
  ["operator", "listPresets"],
  ["operator", "getMeshStatus"],
] as const;

/** The public service that an operation calls; `method` is that of `messages`. */
function serviceOf(operation: string, method: string): string {
  const [name = methodOf(method || operation).name] = OPERATION_METHODS[operation] ?? [];
  return name.split(".")[0] ?? "";
}

async function outcomeOf(each: Case, context: Parameters<typeof runCase>[1]): Promise<string[]> {
  try {
    return await runCase(each, context);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
