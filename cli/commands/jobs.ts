/** `depthmesh jobs` and `depthmesh trace`: what can be done with the jobs of a mesh. */
import { type Command, Option } from "commander";
import type { DepthmeshClient } from "../../client/client.js";
import { followJob } from "../../client/follow-job.js";
import type { Job, JobEvent } from "../../proto/gen/depthmesh/v1/job.js";
import { STAGE_WORDS } from "../../wire/enums.js";
import { type ConnectOptions, jobName, withConnection, withMesh } from "../connect.js";
import { getJobFiles } from "../get-job.js";
import { addLabel, parseSince } from "../job-filters.js";
import { jobJson } from "../job-json.js";
import { jobLine, showJob, showJobs } from "../job-text.js";
import { count } from "../options.js";
import { patient } from "../patient.js";
import { eventLine, JSON_HELP, print, printJson, STATE_WORDS, stateOf } from "../print.js";
import { parseDuration } from "../quantity.js";
import { removeJobs } from "../remove-jobs.js";
import { showTrace } from "../show-trace.js";

interface ListOptions extends ConnectOptions {
  readonly limit: number;
  readonly state?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly since?: Date;
  readonly tenant?: string;
  readonly json?: boolean;
}
interface JsonOptions extends ConnectOptions {
  readonly json?: boolean;
}
interface GetOptions extends JsonOptions {
  readonly output?: string;
}
interface RemoveOptions extends ConnectOptions {
  readonly all?: boolean;
  readonly olderThan?: number;
  readonly yes?: boolean;
}
interface RetryOptions extends ConnectOptions {
  readonly from?: string;
  readonly requestId?: string;
}

/** Jobs are looked at and changed without a worker. */
const NO_WORKERS = { workers: "none" } as const;
const MOST_JOBS = 1000;

export function addJobs(program: Command): void {
  const jobs = program
    .command("jobs")
    .description("list, show, fetch, watch, cancel, retry and remove jobs");
  withConnection(
    jobs
      .command("ls")
      .description("list jobs, newest first")
      .option("-n, --limit <n>", "maximum number to list", count(1, MOST_JOBS), 20)
      .addOption(new Option("--state <state>", "only jobs in this state").choices(STATE_WORDS))
      .option("--label <key=value>", "only jobs with this label; may be repeated", addLabel)
      .option("--since <time>", "only jobs of this time: 12h, 7d, or 2026-01-31T18:00Z", parseSince)
      .option("--tenant <name>", "those of another tenant, or * for all, which operators may see")
      .option("--json", JSON_HELP),
  ).action((options: ListOptions) =>
    withMesh(options, ({ client }) => list(client, options), NO_WORKERS),
  );
  withConnection(
    jobs
      .command("show")
      .description("show everything about a job")
      .argument("<job>")
      .option("--json", JSON_HELP),
  ).action((job: string, options: JsonOptions) =>
    withMesh(options, ({ client }) => show(client, jobName(job), options), NO_WORKERS),
  );
  withConnection(
    jobs
      .command("get")
      .description("wait for a job and download the files that it makes")
      .argument("<job>")
      .option(
        "-o, --output <folder>",
        "folder, or the file for a job that makes one (default: the working directory)",
      )
      .option("--json", JSON_HELP),
  ).action((job: string, options: GetOptions) =>
    withMesh(options, (connection) => getJobFiles(connection, jobName(job), options)),
  );
  withConnection(
    jobs.command("watch").description("follow a job until it ends").argument("<job>"),
  ).action((job: string, options: ConnectOptions) =>
    withMesh(options, async ({ client, signal }) => {
      const events = followJob(client, jobName(job), 0, patient(signal));
      for await (const event of events) print(eventLine(event));
    }),
  );
  withConnection(jobs.command("cancel").description("cancel a job").argument("<job>")).action(
    (job: string, options: ConnectOptions) =>
      withMesh(
        options,
        async ({ client }) => print(jobLine(await client.cancelJob(jobName(job)))),
        NO_WORKERS,
      ),
  );
  withConnection(
    jobs
      .command("rm")
      .description("delete jobs that have ended, with their files")
      .argument("[jobs...]")
      .option("--all", "every job that has ended")
      .option(
        "--older-than <time>",
        "with --all: only those that were created before this time: 12h, 7d",
        parseDuration,
      )
      .option("-y, --yes", "do not ask"),
  ).action((names: string[], options: RemoveOptions) =>
    withMesh(
      options,
      (connection) => removeJobs(connection, names.map(jobName), options),
      NO_WORKERS,
    ),
  );
  withConnection(
    jobs
      .command("retry")
      .description("run a job that has ended again, as a new job")
      .argument("<job>")
      .option(
        "--from <stage>",
        "first stage to run again: depth, render or encode; encode renders again too (default: the first unfinished stage)",
      )
      .option(
        "--request-id <text>",
        "idempotency key: the same request with the same key returns the same job for 24 hours",
      ),
  ).action((job: string, options: RetryOptions) =>
    withMesh(
      options,
      async ({ client }) => {
        const from = STAGE_WORDS.number(options.from, "from");
        print(jobLine(await client.retryJob(jobName(job), from, options.requestId)));
      },
      NO_WORKERS,
    ),
  );
  withConnection(
    program
      .command("trace")
      .description("show the timing of a job's stages, from all processes of the mesh")
      .argument("<job>")
      .option("--json", JSON_HELP),
  ).action((job: string, options: JsonOptions) =>
    withMesh(
      options,
      async ({ client, signal }) =>
        showTrace(client, await client.getJob(jobName(job)), { json: options.json, signal }),
      NO_WORKERS,
    ),
  );
}

async function list(client: DepthmeshClient, options: ListOptions): Promise<void> {
  const { limit, state, label: labels, since: createdFrom, tenant, json } = options;
  const states = state === undefined ? [] : [stateOf(state)];
  const filters = { states, labels, createdFrom, tenant };
  const { jobs, nextPageToken } = await client.listJobs(limit, "", filters);
  if (json) return printJson(jobs.map(jobJson));
  showJobs(jobs, Date.now());
  if (nextPageToken !== "") print(`… and more; -n ${Math.min(limit * 10, MOST_JOBS)} lists them`);
}

async function show(client: DepthmeshClient, name: string, { json }: JsonOptions): Promise<void> {
  const job = await client.getJob(name);
  if (json) printJson(jobJson(job));
  else showJob(job, await eventsOf(client, job));
}

/** The events that the job has had so far; the watch of an unfinished job would go on. */
async function eventsOf(client: DepthmeshClient, { name, lastEvent }: Job): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  if (lastEvent === 0) return events;
  for await (const event of client.watchJob(name)) {
    events.push(event);
    if (event.number >= lastEvent) break;
  }
  return events;
}
