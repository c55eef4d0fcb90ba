/** `depthmesh workers`: lists the processes of a mesh, and drains one. */
import type { Command } from "commander";
import { ageText } from "../../core/quantity-text.js";
import { type ConnectOptions, withAdmin, withRunningMesh } from "../connect.js";
import { JSON_HELP, print, printJson } from "../print.js";
import { tableLines } from "../table.js";
import { listedLine, WORKER_COLUMNS, type WorkerLine } from "../worker-line.js";

interface ListOptions extends ConnectOptions {
  readonly service?: string;
  readonly json?: boolean;
}

export function addWorkers(program: Command): void {
  const workers = program
    .command("workers")
    .description("list the processes of a mesh, and drain one of them");
  withAdmin(
    workers
      .command("ls")
      .description("list the processes that serve the mesh")
      .option("--service <name>", "only gateway, depth, render or encode")
      .option("--json", JSON_HELP),
  ).action((options: ListOptions) =>
    withRunningMesh(options, async ({ admin, signal }) => {
      const { workers: listed } = await admin.listWorkers(options.service, signal);
      const rows = listed.map(listedLine);
      if (options.json) return printJson(rows);
      for (const row of tableLines(COLUMNS, rows)) print(row);
    }),
  );
  withAdmin(
    workers
      .command("drain")
      .description("let a process finish its work and stop; `depthmesh up` then starts another")
      .argument("<name>", "as `depthmesh workers ls` prints it"),
  ).action((name: string, options: ConnectOptions) =>
    withRunningMesh(options, async ({ admin, signal }) => {
      await admin.drainWorker(`workers/${bare(name)}`, signal);
      print(`${bare(name)}  draining`);
    }),
  );
}

const bare = (name: string) => name.replace(/^workers\//, "");

const COLUMNS = [
  { title: "NAME", cell: ({ name }: WorkerLine) => bare(name) },
  ...WORKER_COLUMNS.slice(1),
  { title: "VERSION", cell: ({ version }: WorkerLine) => version ?? "-" },
  {
    title: "AGE",
    cell: ({ startTime }: WorkerLine) =>
      ageText(startTime === null ? undefined : new Date(startTime), Date.now()),
    alignRight: true,
  },
];
