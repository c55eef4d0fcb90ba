/** `depthmesh jobs` and `depthmesh trace`. */
import type { Command } from "commander";
import { fromRpcStatus } from "../../kit/rpc/status.js";
import { type Job, type JobEvent, JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { withRunningMesh } from "../connect.js";
import { count } from "../options.js";
import { noteText } from "../show-notes.js";
import { showTrace } from "../show-trace.js";

interface AddressOption {
  readonly address?: string;
}
interface ListOptions extends AddressOption {
  readonly limit: number;
}

const STATE_NAMES = new Map<number, string>(
  Object.entries(JobState).map(([name, value]) => [value, name.replace("JOB_STATE_", "")]),
);

export function addJobs(program: Command): void {
  const jobs = program.command("jobs").description("list, show, watch and cancel jobs");
  withAddress(jobs.command("ls").description("list jobs, newest first"))
    .option("-n, --limit <n>", "most jobs to list", count(1, 1000), 20)
    .action((options: ListOptions) =>
      withRunningMesh(options, async ({ client }) => {
        const list = await client.listJobs(options.limit, "");
        for (const job of list.jobs) print(line(job));
      }),
    );
  withAddress(jobs.command("show").description("show one job").argument("<job>")).action(
    (job: string, options: AddressOption) =>
      withRunningMesh(options, async ({ client }) => show(await client.getJob(jobName(job)))),
  );
  withAddress(
    jobs.command("watch").description("follow one job to its end").argument("<job>"),
  ).action((job: string, options: AddressOption) =>
    withRunningMesh(options, async ({ client }) => {
      for await (const event of client.watchJob(jobName(job))) print(eventLine(event));
    }),
  );
  withAddress(jobs.command("cancel").description("cancel one job").argument("<job>")).action(
    (job: string, options: AddressOption) =>
      withRunningMesh(options, async ({ client }) =>
        print(line(await client.cancelJob(jobName(job)))),
      ),
  );
  withAddress(
    program.command("trace").description("show a job's waterfall").argument("<job>"),
  ).action((job: string, options: AddressOption) =>
    withRunningMesh(options, async ({ client, traces }) =>
      showTrace(await client.getJob(jobName(job)), traces),
    ),
  );
}

function withAddress(command: Command): Command {
  return command.option("--address <host:port>", "gateway to use instead of the running mesh");
}

/** Ids are accepted bare too. */
function jobName(job: string): string {
  return job.startsWith("jobs/") ? job : `jobs/${job}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

function line(job: Job): string {
  const { depth = 0, render = 0, encode = 0 } = job.progress ?? {};
  const state = (STATE_NAMES.get(job.state) ?? "?").padEnd(9);
  const reached = [depth, render, encode].map((value) => percent(value).padStart(5)).join(" ");
  const preset = (job.spec?.camera?.preset ?? "").padEnd(10);
  return `${job.name}  ${state} ${reached}  ${preset} ${job.createTime?.toISOString() ?? ""}`;
}

function show(job: Job): void {
  print(line(job));
  print(`trace  ${job.traceId}`);
  const error = job.error && fromRpcStatus(job.error);
  if (job.depthModel) print(`depth  ${job.depthModel}`);
  if (job.cacheHit) print("cache  the result is an earlier job's");
  if (error) print(`error  ${error.reason}: ${error.message}`);
  for (const note of job.notes) print(`note   ${note.stage} ${noteText(note)}`);
  for (const { name, mediaType, sizeBytes, width, height } of job.artifacts) {
    print(`file   ${name}  ${mediaType}  ${width}×${height}  ${sizeBytes} bytes`);
  }
}

function eventLine({ number, time, kind }: JobEvent): string {
  const at = `${time?.toISOString() ?? ""} ${String(number).padStart(3)}`;
  switch (kind?.$case) {
    case "stateChange": {
      const { state, reason } = kind.value;
      return `${at} ${STATE_NAMES.get(state) ?? "?"}${reason && ` ${reason}`}`;
    }
    case "progress": {
      const { depth, render, encode } = kind.value;
      return `${at} depth ${percent(depth)}, render ${percent(render)}, encode ${percent(encode)}`;
    }
    default:
      return `${at} …`;
  }
}
