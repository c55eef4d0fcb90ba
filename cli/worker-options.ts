/** Which workers `depthmesh up` runs on this machine, and how much each does at once. */
import { type Command, Option } from "commander";
import { DepthmeshError } from "../core/errors.js";
import type { WorkerName } from "../launcher/joined-workers.js";
import { count } from "./options.js";

export const WORKER_NAMES = ["depth", "render", "encode"] as const satisfies readonly WorkerName[];

export interface WorkerOptions {
  readonly depth: number;
  readonly render: number;
  readonly encode: number;
  readonly stages?: readonly WorkerName[];
  readonly slots?: number;
}

const MAX_WORKERS = 64;
const MAX_SLOTS = 64;

export function addWorkerOptions(command: Command): Command {
  for (const name of WORKER_NAMES) {
    command.option(`--${name} <n>`, `number of ${name} workers`, count(0, MAX_WORKERS), 1);
  }
  return command
    .addOption(
      new Option(
        "--stages <list>",
        `only workers of these stages, with commas between them: ${WORKER_NAMES.join(", ")} (default: all)`,
      ).argParser(stageList),
    )
    .option(
      "--slots <n>",
      "orders that a worker works on at once (default: DEPTHMESH_SLOTS, or 1)",
      count(1, MAX_SLOTS),
    );
}

/** How many workers of each stage. */
export function workerCounts(options: WorkerOptions): Record<WorkerName, number> {
  const { stages = WORKER_NAMES } = options;
  const of = (name: WorkerName) => (stages.includes(name) ? options[name] : 0);
  return { depth: of("depth"), render: of("render"), encode: of("encode") };
}

/** The settings of the options that every worker has. */
export function workerSettings({ slots }: WorkerOptions): Record<string, string> {
  return slots === undefined ? {} : { DEPTHMESH_SLOTS: String(slots) };
}

/** Throws PARAMETER_OUT_OF_RANGE for a stage that does not exist. */
export function stageList(text: string): readonly WorkerName[] {
  return text.split(",").map((word) => {
    const name = WORKER_NAMES.find((one) => one === word.trim());
    if (name) return name;
    throw new DepthmeshError(
      "PARAMETER_OUT_OF_RANGE",
      `"${word.slice(0, 40)}" in --stages is no stage; the stages are ${WORKER_NAMES.join(", ")}`,
      { metadata: { field: "--stages" } },
    );
  });
}
