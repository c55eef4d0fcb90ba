/** `npm run chaos -- --runs N --seed S`: a real mesh under faults; exits with 1 when anything was violated. */
import { Command, InvalidArgumentError } from "commander";
import { count } from "../cli/options.js";
import { FAULT_KINDS, type FaultKind } from "./plan/fault.js";
import { lineOf } from "./report/line.js";
import { runSeries } from "./run/series.js";

interface ChaosOptions {
  readonly runs: number;
  readonly seed: number;
  readonly run?: number;
  readonly only?: readonly FaultKind[];
}

async function main({ runs, seed, run, only }: ChaosOptions): Promise<void> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const numbers = run === undefined ? Array.from({ length: runs }, (_, i) => i) : [run];
  const series = runSeries({ seed, runs: numbers, kinds: only ?? FAULT_KINDS }, stop.signal);
  for await (const result of series) {
    process.stdout.write(`${lineOf(result)}\n`);
    if (result.violations.length > 0) process.exitCode = 1;
    if (result.evidence) process.stdout.write(`${JSON.stringify(result.evidence)}\n`);
  }
}

function parseKinds(text: string): FaultKind[] {
  return text.split(",").map((word) => {
    const kind = FAULT_KINDS.find((each) => each === word);
    if (!kind) throw new InvalidArgumentError(`there are: ${FAULT_KINDS.join(", ")}`);
    return kind;
  });
}

await new Command("chaos")
  .description(
    "lets random faults happen to a mesh, and checks that nothing is lost, doubled or stuck",
  )
  .option("--runs <n>", "how many", count(1, 100_000), 100)
  .option("--seed <n>", "of everything random", count(0, 1_000_000), 1)
  .option("--run <k>", "only run number k of this seed", count(0, 100_000))
  .option("--only <kinds>", `only these faults, by comma: ${FAULT_KINDS.join(", ")}`, parseKinds)
  .action(main)
  .parseAsync();
process.exit();
