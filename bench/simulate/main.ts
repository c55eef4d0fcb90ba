/**
 * `npm run simulate -- [names or files]`: simulates a mesh in scenarios of the table or of JSON
 * files, and prints their results.
 */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import * as z from "zod";
import { readMeasured } from "../../simulate/mesh/measured.js";
import { resultTable } from "../../simulate/report/result-table.js";
import { DEFAULT_PRICES, type Prices } from "../../simulate/scenarios/prices.js";
import { runScenario } from "../../simulate/scenarios/run-scenario.js";
import { Scenario } from "../../simulate/scenarios/scenario.js";
import { SCENARIOS } from "../../simulate/scenarios/table.js";
import { MEASURED_PATH } from "./measured-path.js";

interface RunFlags extends Prices {
  readonly docs?: boolean;
  readonly json?: boolean;
  readonly seed?: number;
}

function numberAboveZero(value: string): number {
  const number = Number(value);
  if (number > 0) return number;
  throw new InvalidArgumentError("must be a number above 0");
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number)) return number;
  throw new InvalidArgumentError("must be a whole number");
}

/** A scenario of the table, or of a file that ends with .json. */
function scenarioOf(name: string): Scenario {
  if (name.endsWith(".json")) {
    const parsed = Scenario.safeParse(JSON.parse(readFileSync(name, "utf8")));
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`${name} is no scenario:\n${z.prettifyError(parsed.error)}`);
  }
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found) return found;
  const names = SCENARIOS.map((scenario) => scenario.name).join(", ");
  throw new InvalidArgumentError(
    `there is no scenario ${name}; there are ${names}, and files that end with .json`,
  );
}

async function run(names: readonly string[], flags: RunFlags): Promise<void> {
  if (flags.docs) {
    const { writePages } = await import("./pages.js");
    writePages();
    return;
  }
  const chosen = names.length === 0 ? SCENARIOS : names.map(scenarioOf);
  const measured = readMeasured(MEASURED_PATH);
  const { cpuHour, gpuHour, spotPart, seed } = flags;
  const prices = { cpuHour, gpuHour, spotPart };
  const results = chosen.map((scenario) => {
    process.stderr.write(`${scenario.name}: ${scenario.question}\n`);
    return runScenario(seed === undefined ? scenario : { ...scenario, seed }, { measured, prices });
  });
  const lines = flags.json
    ? results.map((result) => JSON.stringify(result))
    : [resultTable(results)];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const program = new Command("simulate")
  .description("simulate a mesh in scenarios, and print what waits, how long, and what it costs")
  .argument("[scenarios...]", "names of scenarios (see list), or files that end with .json")
  .option("--json", "print a JSON object for each scenario instead of a table")
  .option("--seed <n>", "another seed for all random numbers", wholeNumber)
  .option("--cpu-hour <price>", "of a core", numberAboveZero, DEFAULT_PRICES.cpuHour)
  .option("--gpu-hour <price>", "of a GPU", numberAboveZero, DEFAULT_PRICES.gpuHour)
  .option(
    "--spot-part <part>",
    "price of a host that may be taken away, as a part of the full one",
    numberAboveZero,
    DEFAULT_PRICES.spotPart,
  )
  .option("--docs", "write docs/scale.md and its charts")
  .action(run);
program
  .command("list")
  .description("print the names of the scenarios, and what they ask")
  .action(() => {
    for (const { name, question } of SCENARIOS) process.stdout.write(`${name}: ${question}\n`);
  });
program
  .command("measure")
  .description("run real jobs, about ten minutes, and write simulate/measured.json")
  .option("--photos <dir>", "folder of photographs (default samples/)")
  .action(async ({ photos }: { photos?: string }) => {
    const { measure } = await import("./measure.js");
    await measure(photos);
  });
program
  .command("compare")
  .description("run a real mesh of stub stages, nine minutes, and write simulate/compared.json")
  .action(async () => {
    const { compare } = await import("./compare.js");
    await compare();
  });
await program.parseAsync().catch((error: unknown) => {
  if (error instanceof InvalidArgumentError) program.error(`error: ${error.message}`);
  throw error;
});
process.exit();
