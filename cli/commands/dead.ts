/**
 * `depthmesh dead`: shows and retries dead letters, which are jobs that failed after all retries.
 */
import type { Command } from "commander";
import type { AdminClient } from "../../client/admin-client.js";
import { DepthmeshError } from "../../core/errors.js";
import { fromRpcStatus } from "../../kit/rpc/status.js";
import type { DeadLetter } from "../../proto/gen/depthmesh/v1/admin_service.js";
import { STAGE_WORDS } from "../../wire/enums.js";
import { actOnAll } from "../act-on-all.js";
import { type ConnectOptions, jobId, withAdmin, withMesh } from "../connect.js";
import { errorJson } from "../job-json.js";
import { jobLine } from "../job-text.js";
import { count } from "../options.js";
import { JSON_HELP, print, printJson, stateName } from "../print.js";
import { tableLines } from "../table.js";

const PAGE_SIZE = 200;

interface ListOptions extends ConnectOptions {
  readonly limit: number;
  readonly reason?: string;
  readonly json?: boolean;
}

interface ManyOptions extends ConnectOptions {
  readonly all?: boolean;
  readonly reason?: string;
}

type Act = (admin: AdminClient, name: string) => Promise<string>;

export function addDead(program: Command): void {
  const dead = program
    .command("dead")
    .description("list, show, retry and discard jobs that failed after all retries");
  withAdmin(
    dead
      .command("ls")
      .description("list dead letters, newest job first")
      .option("-n, --limit <n>", "maximum number to list", count(1, 1000), 20)
      .option("--reason <reason>", "only those with this error reason")
      .option("--json", JSON_HELP),
  ).action((options: ListOptions) =>
    withMesh(options, async ({ admin }) => {
      const { limit: pageSize, reason = "" } = options;
      const list = await admin.listDeadLetters({ pageSize, pageToken: "", reason });
      if (options.json) return printJson(list.deadLetters.map(letterJson));
      for (const letterLine of tableLines(COLUMNS, list.deadLetters)) print(letterLine);
    }),
  );
  withAdmin(dead.command("show").description("show why a job failed").argument("<job>")).action(
    (job: string, options: ConnectOptions) =>
      withMesh(options, async ({ admin }) => show(await admin.getDeadLetter(letterName(job)))),
  );
  addMany(dead, "redrive", "retry jobs from the stage that failed", async (admin, name) =>
    jobLine(await admin.redriveDeadLetter(name)),
  );
  addMany(
    dead,
    "discard",
    "delete dead letters; the jobs themselves are kept",
    async (admin, name) => {
      await admin.discardDeadLetter(name);
      return `${name}  discarded`;
    },
  );
}

function addMany(dead: Command, name: string, description: string, act: Act): void {
  withAdmin(
    dead
      .command(name)
      .description(description)
      .argument("[job]")
      .option("--all", "all dead letters, or those with --reason")
      .option("--reason <reason>", "with --all: only those with this error reason"),
  ).action((job: string | undefined, options: ManyOptions) =>
    withMesh(options, async ({ admin }) => {
      assertOneOrAll(job, options);
      if (job !== undefined) return print(await act(admin, letterName(job)));
      const { reason = "" } = options;
      await actOnAll(
        async (pageToken) => {
          const page = await admin.listDeadLetters({ pageSize: PAGE_SIZE, pageToken, reason });
          const { deadLetters, nextPageToken } = page;
          return { names: deadLetters.map(({ name }) => name), nextPageToken };
        },
        (name) => act(admin, name),
      );
    }),
  );
}

/** Throws PARAMETER_CONFLICT unless the user named either one job or `--all`. */
function assertOneOrAll(job: string | undefined, { all, reason }: ManyOptions): void {
  if (job !== undefined && (all || reason !== undefined)) {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      "a job cannot be combined with --all or --reason",
    );
  }
  if (job === undefined && !all) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "name a job, or use --all");
  }
}

/** The name of a dead letter that the user gave by its own name, the job's name or the job's id. */
function letterName(job: string): string {
  return `deadLetters/${job.replace(/^(deadLetters|jobs)\//, "")}`;
}

function stageName({ stage }: DeadLetter): string {
  return STAGE_WORDS.word(stage, "stage") ?? "";
}

const errorOf = ({ error }: DeadLetter) => error && fromRpcStatus(error);

const COLUMNS = [
  { title: "JOB", cell: ({ job }: DeadLetter) => jobId(job) },
  { title: "STAGE", cell: stageName },
  { title: "TIME", cell: ({ time }: DeadLetter) => time?.toISOString() ?? "-" },
  {
    title: "RETRIED",
    cell: ({ retriedAs }: DeadLetter) => (retriedAs.length > 0 ? "yes" : "no"),
  },
  { title: "REASON", cell: (letter: DeadLetter) => errorOf(letter)?.reason ?? "-" },
];

function letterJson(letter: DeadLetter) {
  const error = errorOf(letter);
  return {
    job: letter.job,
    state: stateName(letter.state),
    stage: stageName(letter),
    time: letter.time?.toISOString() ?? null,
    error: error ? errorJson(error) : null,
    attempts: letter.attempts,
    crashes: letter.crashes,
    worker: letter.worker,
    retriedAs: letter.retriedAs,
  };
}

function show(letter: DeadLetter): void {
  const error = errorOf(letter);
  print(`job      ${jobId(letter.job)}`);
  print(`stage    ${stageName(letter)}`);
  print(`time     ${letter.time?.toISOString() ?? ""}`);
  print(`state    ${stateName(letter.state)}`);
  if (error) print(`error    ${error.reason}: ${error.message}`);
  for (const [key, value] of Object.entries(error?.metadata ?? {}))
    print(`         ${key} ${value}`);
  print(`tries    ${letter.attempts} failed, ${letter.crashes} crashed`);
  print(`worker   ${letter.worker}`);
  for (const next of letter.retriedAs) print(`again    ${next}`);
}
