/** Starts a mesh and a runner, and carries out the cases one after another. */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Case, readCaseList } from "./case-list.js";
import { startMeshUnderTest } from "./mesh-under-test.js";
import { MESH_VERBS } from "./mesh-verbs.js";
import { runCase } from "./run-case.js";
import { RunnerProcess } from "./runner-process.js";
import { serviceOf } from "./ts/messages.js";

export interface CaseOutcome {
  readonly name: string;
  readonly state: "ok" | "differs" | "pending";
  readonly seconds: number;
  readonly differences: readonly string[];
}

/** Operations of the library that belong to a service with another name than a method of it. */
const SERVICES: Readonly<Record<string, string>> = {
  ...{ convert: "ConvertService", watch: "JobService", followLive: "ResultService" },
  uploadResumable: "UploadService",
};

/** `only` are names of cases; empty means all. Throws if there is none of a name. */
export async function conformance(
  command: string,
  args: readonly string[],
  only: readonly string[] = [],
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
      const end = (state: CaseOutcome["state"], differences: readonly string[] = []) =>
        outcomes.push({
          name: each.name,
          state,
          seconds: (performance.now() - startMs) / 1000,
          differences,
        });
      if (each.pending !== undefined) {
        end("pending", [each.pending]);
        continue;
      }
      runner ??= await RunnerProcess.start(command, args);
      const folder = join(under.folder, each.name);
      await mkdir(folder);
      const context = {
        runner,
        values: new Map<string, unknown>([
          ...Object.entries(values),
          ["files", under.files],
          ["folder", folder],
          // Too soon for a job to end until then, and late enough to be accepted.
          ["soon", new Date(Date.now() + 4_000).toISOString()],
          ["unique", `${each.name}-${randomBytes(6).toString("hex")}`],
        ]),
        connectionOf: (caller: string, operation: string, method: string) =>
          under.connectionOf(caller, SERVICES[operation] ?? serviceOf(method || operation)),
        mesh: async (verb: string, argument: Readonly<Record<string, unknown>>) => {
          const act = MESH_VERBS[verb];
          if (!act) throw new Error(`there is no verb ${verb}`);
          return await act(under, argument);
        },
      };
      const differences = await outcomeOf(each, context);
      end(differences.length === 0 ? "ok" : "differs", differences);
    }
    return outcomes;
  } finally {
    await runner?.stop();
    await under.close();
  }
}

async function outcomeOf(each: Case, context: Parameters<typeof runCase>[1]): Promise<string[]> {
  try {
    return await runCase(each, context);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
