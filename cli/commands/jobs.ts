/** `depthmesh jobs` and `depthmesh trace`: what can be done with the jobs of a running mesh. */
import type { Command } from "commander";
import { STAGE_WORDS } from "../../wire/enums.js";
import { type AddressOption, jobName, withAddress, withRunningMesh } from "../connect.js";
import { count } from "../options.js";
import { eventLine, jobLine, print, showJob } from "../print.js";
import { showTrace } from "../show-trace.js";

interface RetryOptions extends AddressOption {
  readonly from?: string;
  readonly requestId?: string;
}
interface ListOptions extends AddressOption {
  readonly limit: number;
}

export function addJobs(program: Command): void {
  const jobs = program
    .command("jobs")
    .description("list, show, watch, cancel, retry and remove jobs");
  withAddress(jobs.command("ls").description("list jobs, newest first"))
    .option("-n, --limit <n>", "maximum number to list", count(1, 1000), 20)
    .action((options: ListOptions) =>
      withRunningMesh(options, async ({ client }) => {
        const list = await client.listJobs(options.limit, "");
        for (const job of list.jobs) print(jobLine(job));
      }),
    );
  withAddress(jobs.command("show").description("show a job").argument("<job>")).action(
    (job: string, options: AddressOption) =>
      withRunningMesh(options, async ({ client }) => showJob(await client.getJob(jobName(job)))),
  );
  withAddress(
    jobs.command("watch").description("follow a job until it ends").argument("<job>"),
  ).action((job: string, options: AddressOption) =>
    withRunningMesh(options, async ({ client }) => {
      for await (const event of client.watchJob(jobName(job))) print(eventLine(event));
    }),
  );
  withAddress(jobs.command("cancel").description("cancel a job").argument("<job>")).action(
    (job: string, options: AddressOption) =>
      withRunningMesh(options, async ({ client }) =>
        print(jobLine(await client.cancelJob(jobName(job)))),
      ),
  );
  withAddress(
    jobs.command("rm").description("delete a job that has ended, with its files").argument("<job>"),
  ).action((job: string, options: AddressOption) =>
    withRunningMesh(options, ({ client }) => client.deleteJob(jobName(job))),
  );
  withAddress(
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
    withRunningMesh(options, async ({ client }) => {
      const from = STAGE_WORDS.number(options.from, "from");
      print(jobLine(await client.retryJob(jobName(job), from, options.requestId)));
    }),
  );
  withAddress(
    program.command("trace").description("show the timing of a job's stages").argument("<job>"),
  ).action((job: string, options: AddressOption) =>
    withRunningMesh(options, async ({ client, traces }) =>
      showTrace(await client.getJob(jobName(job)), traces),
    ),
  );
}
