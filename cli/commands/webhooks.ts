/** `depthmesh webhooks`: makes, lists and deletes the addresses that are told when jobs end. */
import { type Command, InvalidArgumentError } from "commander";
import type { DepthmeshClient } from "../../client/client.js";
import type { Webhook, WebhookFailure } from "../../proto/gen/depthmesh/v1/webhook_service.js";
import { actOnAll } from "../act-on-all.js";
import { type ConnectOptions, jobId, withConnection, withMesh } from "../connect.js";
import { count } from "../options.js";
import { JSON_HELP, print, printJson, stateName, stateOf } from "../print.js";
import { tableLines } from "../table.js";

interface CreateOptions extends ConnectOptions {
  readonly state?: readonly string[];
  readonly everyJob?: boolean;
  readonly json?: boolean;
}
interface ListOptions extends ConnectOptions {
  readonly limit: number;
  readonly json?: boolean;
}
interface RedeliverOptions extends ConnectOptions {
  readonly all?: boolean;
}

const NO_WORKERS = { workers: "none" } as const;
const PAGE_SIZE = 200;
const END_STATES = ["succeeded", "failed", "cancelled", "expired"];

export function addWebhooks(program: Command): void {
  const webhooks = program
    .command("webhooks")
    .description("make, list and delete addresses that are told when jobs end (docs/webhooks.md)");
  withConnection(
    webhooks
      .command("create")
      .description("make a webhook and print the secret of its signatures, this once")
      .argument("<url>", "where messages are sent, https://…")
      .option(
        "--state <state>",
        `only of jobs that end so: ${END_STATES.join(", ")}. May be repeated`,
        addState,
      )
      .option("--every-job", "tell it of every job, not only of those that name it")
      .option("--json", JSON_HELP),
  ).action((url: string, options: CreateOptions) =>
    withMesh(options, ({ client }) => create(client, url, options), NO_WORKERS),
  );
  withConnection(
    webhooks
      .command("ls")
      .description("list the webhooks, newest first; a secret is never shown again")
      .option("-n, --limit <n>", "maximum number to list", count(1, 1000), 50)
      .option("--json", JSON_HELP),
  ).action((options: ListOptions) =>
    withMesh(
      options,
      async ({ client }) => {
        const { webhooks: listed } = await client.listWebhooks(options.limit, "");
        if (options.json) return printJson(listed.map(webhookJson));
        for (const line of tableLines(COLUMNS, listed)) print(line);
      },
      NO_WORKERS,
    ),
  );
  withConnection(
    webhooks
      .command("rm")
      .description("delete a webhook, and what still waits for it")
      .argument("<webhook>", "its id, as `depthmesh webhooks ls` prints it"),
  ).action((webhook: string, options: ConnectOptions) =>
    withMesh(
      options,
      async ({ client }) => {
        await client.deleteWebhook(nameOf(webhook));
        print(`${idOf({ name: webhook })}  deleted`);
      },
      NO_WORKERS,
    ),
  );
  addFailures(webhooks);
}

function addFailures(webhooks: Command): void {
  withConnection(
    webhooks
      .command("failures")
      .description("list messages that were given up, newest job first")
      .option("-n, --limit <n>", "maximum number to list", count(1, 1000), 50)
      .option("--json", JSON_HELP),
  ).action((options: ListOptions) =>
    withMesh(
      options,
      async ({ client }) => {
        const { failures } = await client.listWebhookFailures(options.limit, "");
        if (options.json) return printJson(failures.map(failureJson));
        for (const line of tableLines(FAILURE_COLUMNS, failures)) print(line);
      },
      NO_WORKERS,
    ),
  );
  withConnection(
    webhooks
      .command("redeliver")
      .description("send messages that were given up once more")
      .argument("[failure]", "its name, as `depthmesh webhooks failures` prints it")
      .option("--all", "all of them"),
  ).action((failure: string | undefined, options: RedeliverOptions, command: Command) => {
    if ((failure === undefined) === (options.all !== true)) {
      command.error("error: name a failure, or use --all, not both");
    }
    return withMesh(
      options,
      async ({ client }) => {
        if (failure === undefined) return redeliverAll(client);
        print(await redeliver(client, failure));
      },
      NO_WORKERS,
    );
  });
}

function addState(word: string, before: readonly string[] = []): readonly string[] {
  if (!END_STATES.includes(word)) {
    throw new InvalidArgumentError(`Allowed choices are ${END_STATES.join(", ")}.`);
  }
  return [...before, word];
}

/** The secret alone is on standard output, so that it can be written into a file. */
async function create(client: DepthmeshClient, url: string, options: CreateOptions): Promise<void> {
  const { state = [], everyJob = false } = options;
  const made = await client.createWebhook({ url, states: state.map(stateOf), everyJob });
  if (options.json) return printJson({ ...webhookJson(made), secret: made.secret });
  print(made.secret);
  process.stderr.write(
    `webhook ${idOf(made)}; its secret is shown this once: store it where messages are received\n`,
  );
}

async function redeliver(client: DepthmeshClient, failure: string): Promise<string> {
  const name = failure.startsWith("webhooks/") ? failure : `webhooks/${failure}`;
  await client.redeliverWebhook(name);
  return `${idOf({ name })}  sent again`;
}

function redeliverAll(client: DepthmeshClient): Promise<void> {
  return actOnAll(
    async (pageToken) => {
      const { failures, nextPageToken } = await client.listWebhookFailures(PAGE_SIZE, pageToken);
      return { names: failures.map(({ name }) => name), nextPageToken };
    },
    (name) => redeliver(client, name),
  );
}

/** The name of a webhook that the user gave by its name or its id. */
function nameOf(webhook: string): string {
  return `webhooks/${idOf({ name: webhook })}`;
}

function idOf({ name }: Pick<Webhook, "name">): string {
  return name.replace(/^webhooks\//, "");
}

function toldOf({ everyJob, states }: Webhook): string {
  const which = states.map((state) => stateName(state).toLowerCase()).join(",");
  return `${everyJob ? "every job" : "jobs that name it"}${which && `: ${which}`}`;
}

const COLUMNS = [
  { title: "ID", cell: idOf },
  { title: "CREATED", cell: ({ createTime }: Webhook) => createTime?.toISOString() ?? "-" },
  {
    title: "STATE",
    cell: ({ disableTime }: Webhook) => (disableTime ? "disabled (410)" : "active"),
  },
  { title: "TOLD OF", cell: toldOf },
  { title: "URL", cell: ({ url }: Webhook) => url },
];

const FAILURE_COLUMNS = [
  { title: "FAILURE", cell: idOf },
  { title: "JOB", cell: ({ job }: WebhookFailure) => jobId(job) },
  { title: "GIVEN UP", cell: ({ time }: WebhookFailure) => time?.toISOString() ?? "-" },
  {
    title: "ATTEMPTS",
    cell: ({ attempts }: WebhookFailure) => String(attempts),
    alignRight: true,
  },
  { title: "LAST ERROR", cell: ({ lastError }: WebhookFailure) => lastError },
];

function webhookJson(webhook: Webhook) {
  const { name, url, states, everyJob, createTime, disableTime } = webhook;
  return {
    ...{ name, url, everyJob, states: states.map(stateName) },
    createTime: createTime?.toISOString() ?? null,
    disableTime: disableTime?.toISOString() ?? null,
  };
}

function failureJson(failure: WebhookFailure) {
  const { name, job, attempts, lastStatus, lastError, time } = failure;
  return { name, job, attempts, lastStatus, lastError, time: time?.toISOString() ?? null };
}
