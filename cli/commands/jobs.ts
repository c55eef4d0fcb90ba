/** `depthmesh jobs` and `depthmesh trace`. */
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
    .option("-n, --limit <n>", "most jobs to list", count(1, 1000), 20)
    .action((options: ListOptions) =>
      withRunningMesh(options, async ({ client }) => {
        const list = await client.listJobs(options.limit, "");
        for (const job of list.jobs) print(jobLine(job));
      }),
    );
  withAddress(jobs.command("show").description("show one job").argument("<job>")).action(
    (job: string, options: AddressOption) =>
      withRunningMesh(options, async ({ client }) => showJob(await client.getJob(jobName(job)))),
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
        print(jobLine(await client.cancelJob(jobName(job)))),
      ),
  );
  withAddress(
    jobs.command("rm").description("forget a job that has ended, and its files").argument("<job>"),
  ).action((job: string, options: AddressOption) =>
    withRunningMesh(options, ({ client }) => client.deleteJob(jobName(job))),
  );
  withAddress(
    jobs
      .command("retry")
      .description("go on with a job that has ended, as another job")
      .argument("<job>")
      .option(
        "--from <stage>",
        "first stage that is done again: depth, render or encode, which renders again (default: the first that was not done)",
      )
      .option("--request-id <text>", "sent again within 24 hours it gives the same job"),
  ).action((job: string, options: RetryOptions) =>
    withRunningMesh(options, async ({ client }) => {
      const from = STAGE_WORDS.number(options.from, "from");
      print(jobLine(await client.retryJob(jobName(job), from, options.requestId)));
    }),
  );
  withAddress(
    program.command("trace").description("show a job's waterfall").argument("<job>"),
  ).action((job: string, options: AddressOption) =>
    withRunningMesh(options, async ({ client, traces }) =>
      showTrace(await client.getJob(jobName(job)), traces),
    ),
  );
}
