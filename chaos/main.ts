/**
 * `npm run chaos -- --runs N --seed S`: runs jobs on a real mesh under random faults. The exit code
 * is 1 when an invariant was violated.
 */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { count } from "../cli/options.js";
import { evidenceText } from "./judge/evidence.js";
import { lineOf, summarize } from "./judge/summary.js";
import type { FaultKind } from "./plan/fault.js";
import { faultKindsOf, MESH_KINDS, MESH_PLANS, type MeshKind } from "./plan/mesh-kind.js";
import { type NumberedResult, runSeries } from "./series.js";

interface ChaosOptions {
  readonly runs: number;
  readonly seed: number;
  readonly from: number;
  readonly run?: number;
  readonly only?: readonly FaultKind[];
  readonly report?: string;
  readonly mesh: MeshKind;
  readonly natsServer?: string;
}

const ALL_KINDS = [
  ...new Set(MESH_KINDS.flatMap((kind) => faultKindsOf(MESH_PLANS[kind]))),
] as const;

async function main(options: ChaosOptions): Promise<void> {
  const { runs, seed, from, run, report, mesh, natsServer } = options;
  const ofMesh = faultKindsOf(MESH_PLANS[mesh]);
  const kinds = options.only?.filter((kind) => ofMesh.includes(kind)) ?? ofMesh;
  if (kinds.length === 0) throw new Error(`a ${mesh} mesh has none of these kinds of faults`);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const startedAtMs = Date.now();
  const results: NumberedResult[] = [];
  const numbers = run === undefined ? Array.from({ length: runs }, (_, i) => from + i) : [run];
  const series = runSeries({ seed, runs: numbers, kinds, mesh, natsServer }, stop.signal);
  for await (const { evidence, ...result } of series) {
    results.push(result);
    process.stdout.write(`${lineOf(result)}\n`);
    if (evidence) process.stdout.write(`${evidenceText(evidence)}\n`);
  }
  const summary = summarize(seed, results, Date.now() - startedAtMs);
  const text = `${JSON.stringify(summary, null, 2)}\n`;
  process.stdout.write(text);
  if (report !== undefined) writeFileSync(report, text);
  if (summary.violatedRuns > 0) process.exitCode = 1;
}

function parseKinds(text: string): FaultKind[] {
  return text.split(",").map((word) => {
    const kind = ALL_KINDS.find((name) => name === word);
    if (!kind)
      throw new InvalidArgumentError(`unknown kind; the kinds are ${ALL_KINDS.join(", ")}`);
    return kind;
  });
}

await new Command("chaos")
  .description("apply random faults to a mesh and check that no job is lost, duplicated or stuck")
  .option("--runs <n>", "number of runs", count(1, 100_000), 100)
  .option("--seed <n>", "seed of all random choices", count(0, 1_000_000), 1)
  .option("--from <k>", "number of the first run, to continue a series", count(0, 100_000), 0)
  .option("--run <k>", "only run number k of this seed", count(0, 100_000))
  .option(
    "--only <kinds>",
    `only these kinds of faults, comma-separated: ${ALL_KINDS.join(", ")}`,
    parseKinds,
  )
  .addOption(
    new Option(
      "--mesh <kind>",
      "single: one gateway and one nats-server; cluster: two gateways over S3 and three nats-servers",
    )
      .choices(MESH_KINDS)
      .default("single"),
  )
  .option("--nats-server <program>", "nats-server of a cluster; by default the first one of PATH")
  .option("--report <file>", "also write the summary to this file, as JSON")
  .action(main)
  .parseAsync();
process.exit();
