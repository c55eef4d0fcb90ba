/** Two teams, alice's and bob's, that share a mesh which asks its callers who they are. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AdminClient } from "../../client/admin-client.js";
import { DepthmeshClient } from "../../client/client.js";
import type { DepthmeshError } from "../../core/errors.js";
import { childEnvironment } from "../../kit/config.js";
import { packagePath } from "../../kit/process/package-path.js";
import { newApiKey } from "../../kit/rpc/api-key.js";
import { newId } from "../../pipeline/record/id.js";
import { Role } from "../../proto/gen/depthmesh/v1/tenant.js";
import { WebhookServiceService } from "../../proto/gen/depthmesh/v1/webhook_service.js";
import { type Fixture, startFixture, untilEnded } from "../mesh/fixture.js";
import { plainPng } from "../pictures/plain.js";
import { type Caller, createWithId, sendUpload } from "./caller.js";
import type { Names } from "./rows.js";

const run = promisify(execFile);
/** Labels of alice's job, which nobody else may read. */
export const LABELS = { album: "alices-holiday" };

export interface Teams {
  readonly fixture: Fixture;
  readonly alice: Caller;
  readonly bob: Caller;
  /** What alice has. */
  readonly names: Names;
  /** What only alice may read: her names without their prefixes, and her label. */
  readonly marks: readonly string[];
  /** Runs `depthmesh quota` as an operator: what it prints. */
  quota(...args: string[]): Promise<Record<string, Record<string, number>>>;
  close(): Promise<void>;
}

/** The mesh makes depth maps and previews, and no videos. */
export async function startTeams(): Promise<Teams> {
  const operator = newApiKey();
  const fixture = await startFixture({
    ...{ encode: 0 },
    environment: {
      DEPTHMESH_IDENTITY: "on",
      DEPTHMESH_OPERATOR_KEY_SHA256: operator.hash,
      DEPTHMESH_MAINTENANCE_MS: "500",
    },
  });
  const admin = new AdminClient(fixture.mesh.adminAddress, { key: operator.key });
  const clients: { close(): void }[] = [admin];
  const callerOf = async (tenant: string): Promise<Caller> => {
    const request = { tenant, roles: [Role.ROLE_USER], note: "", expireTime: undefined };
    const { key } = await admin.createApiKey(request);
    const client = new DepthmeshClient(fixture.mesh.address, { key });
    clients.push(client);
    return { client, key, photo: await plainPng("#345") };
  };
  const close = async () => {
    for (const client of clients) client.close();
    await fixture.close();
  };
  try {
    const [alice, bob] = [await callerOf("alice"), await callerOf("bob")];
    const names = await belongings(alice);
    const { job, upload, webhook, requestId } = names;
    const ids = [job, upload, webhook].map((name) => name.split("/")[1] ?? "");
    const quota = (...args: string[]) => quotaCommand(fixture, operator.key, args);
    return { fixture, alice, bob, names, marks: [...ids, requestId, LABELS.album], quota, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes one of everything that has a name. */
async function belongings(caller: Caller): Promise<Names> {
  const { client } = caller;
  const requestId = "alices-request";
  await createWithId(caller, "earlier");
  const created = await createWithId(caller, requestId, LABELS);
  const job = await untilEnded(client, created.name);
  assert.deepEqual(
    job.artifacts.map(({ name }) => name.split("/").at(-1)),
    ["depth.png"],
  );
  const webhook = await client.call(WebhookServiceService.createWebhook, {
    ...{ url: "https://example.com/alice", states: [], everyJob: false },
  });
  const upload = await sendUpload(caller);
  return { job: job.name, upload: upload.name, webhook: webhook.name, requestId };
}

/** Names of nobody, in the form of alice's. */
export function nobodys(names: Names): Names {
  const fresh = (name: string) => `${name.split("/")[0]}/${newId()}`;
  const [job, upload, webhook] = [names.job, names.upload, names.webhook].map(fresh);
  return { job: job ?? "", upload: upload ?? "", webhook: webhook ?? "", requestId: "nobodys" };
}

/** An error as its caller sees it, with what the caller sent itself taken out. */
export function seen(error: DepthmeshError, sent: Names): string {
  const { reason, message, metadata, violations } = error;
  let text = JSON.stringify({ reason, message, metadata, violations });
  for (const name of [sent.job, sent.upload, sent.webhook]) {
    text = text.replaceAll(name.split("/")[1] ?? "", "ID");
  }
  return text;
}

async function quotaCommand(
  { mesh }: Fixture,
  key: string,
  args: readonly string[],
): Promise<Record<string, Record<string, number>>> {
  const address = ["--admin-address", mesh.adminAddress];
  const { stdout } = await run(
    process.execPath,
    [packagePath("bin", "depthmesh"), "quota", ...args, ...address, "--json"],
    { env: childEnvironment({ DEPTHMESH_KEY: key }) },
  );
  return JSON.parse(stdout);
}
