/** `depthmesh keys`: makes, lists and revokes the API keys of a mesh's callers. */
import { type Command, Option } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { ageText } from "../../core/quantity-text.js";
import { newApiKey, prefixOf } from "../../kit/rpc/api-key.js";
import { DEFAULT_TENANT } from "../../kit/rpc/identity.js";
import type { ApiKey } from "../../proto/gen/depthmesh/v1/admin_service.js";
import type { Role } from "../../proto/gen/depthmesh/v1/tenant.js";
import { ROLE_WORDS } from "../../wire/enums.js";
import { type Connection, type ConnectOptions, withAdmin, withMesh } from "../connect.js";
import { count, parseDeadline } from "../options.js";
import { JSON_HELP, print, printJson } from "../print.js";
import { tableLines } from "../table.js";

interface CreateOptions extends ConnectOptions {
  readonly tenant?: string;
  readonly role?: readonly Role[];
  readonly note?: string;
  readonly expires?: Date;
  readonly offline?: boolean;
  readonly json?: boolean;
}
interface ListOptions extends ConnectOptions {
  readonly tenant?: string;
  readonly limit: number;
  readonly json?: boolean;
}
interface RevokeOptions extends ConnectOptions {
  readonly json?: boolean;
}

const NO_WORKERS = { workers: "none" } as const;

export function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .description("make, list and revoke the API keys of callers (docs/identity.md)");
  withAdmin(
    keys
      .command("create")
      .description("make a key and print it, this once")
      .option("--tenant <name>", `tenant that its callers are (default: ${DEFAULT_TENANT})`)
      .addOption(
        new Option("--role <role>", "user or operator. May be repeated (default: user)").argParser(
          addRole,
        ),
      )
      .option("--note <text>", "what the key is for; `keys ls` shows it")
      .option("--expires <time>", "when it stops working: 30d, or 2027-01-31T18:00:00Z", (text) =>
        parseDeadline(text, Date.now(), "expires"),
      )
      .option(
        "--offline",
        "make an operator's key without a mesh: start the gateway with its hash in DEPTHMESH_OPERATOR_KEY_SHA256",
      )
      .option("--json", JSON_HELP),
  ).action(create);
  withAdmin(
    keys
      .command("ls")
      .description("list the keys, newest first; a key itself is never shown again")
      .option("--tenant <name>", "only those of this tenant")
      .option("-n, --limit <n>", "maximum number to list", count(1, 1000), 50)
      .option("--json", JSON_HELP),
  ).action((options: ListOptions) =>
    withMesh(options, (connection) => list(connection, options), NO_WORKERS),
  );
  withAdmin(
    keys
      .command("revoke")
      .description("refuse a key from now on, at every gateway within seconds")
      .argument("<key>", "its id, as `depthmesh keys ls` prints it")
      .option("--json", JSON_HELP),
  ).action((key: string, options: RevokeOptions) =>
    withMesh(
      options,
      async ({ admin, signal }) => {
        const revoked = await admin.revokeApiKey(`apiKeys/${idOf(key)}`, signal);
        if (options.json) return printJson(keyJson(revoked));
        print(`${bare(revoked)}  revoked`);
      },
      NO_WORKERS,
    ),
  );
}

function addRole(word: string, before: readonly Role[] = []): readonly Role[] {
  return [...before, ROLE_WORDS.number(word, "role") as Role];
}

/** Users may give the id, the name, or the prefix of a key; a whole key is cut to its id. */
function idOf(key: string): string {
  return key.replace(/^(apiKeys\/|dm_)/, "").replace(/_.*$/s, "");
}

function create(options: CreateOptions): Promise<void> | void {
  if (options.offline) return createOffline(options);
  return withMesh(
    options,
    async ({ admin, signal }) => {
      const { tenant = DEFAULT_TENANT, role = [], note = "", expires: expireTime } = options;
      const roles = role.length > 0 ? [...role] : [ROLE_WORDS.number("user", "role") as Role];
      const made = await admin.createApiKey({ tenant, roles, note, expireTime }, signal);
      const { apiKey, key } = made;
      if (!apiKey) throw new Error("the gateway sent no key");
      if (options.json) return printJson({ ...keyJson(apiKey), key });
      print(key);
      say(`key ${bare(apiKey)} of tenant ${apiKey.tenant}; it is shown this once: store it now`);
    },
    NO_WORKERS,
  );
}

/** The first operator's key cannot be made by a gateway that asks for an operator's key. */
function createOffline({ tenant, role = [], note, expires, json }: CreateOptions): void {
  const others = { tenant, note, expires };
  for (const [option, value] of Object.entries(others)) {
    if (value !== undefined) {
      throw new DepthmeshError(
        "PARAMETER_CONFLICT",
        `--${option} cannot be combined with --offline: the settings of a gateway hold nothing but the key's hash`,
        { metadata: { field: option } },
      );
    }
  }
  if (role.some((each) => ROLE_WORDS.word(each, "role") !== "operator")) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "a key made with --offline is an operator's", {
      metadata: { field: "role" },
    });
  }
  const { id, key, hash: sha256 } = newApiKey();
  if (json) {
    printJson({ prefix: prefixOf(id), sha256, key });
    return;
  }
  print(key);
  say(`start the gateway with DEPTHMESH_OPERATOR_KEY_SHA256=${sha256}`);
}

async function list({ admin, signal }: Connection, options: ListOptions): Promise<void> {
  const { tenant = "", limit: pageSize } = options;
  const page = await admin.listApiKeys({ tenant, pageSize, pageToken: "" }, signal);
  if (options.json) return printJson(page.apiKeys.map(keyJson));
  for (const line of tableLines(columns(Date.now()), page.apiKeys)) print(line);
  if (page.nextPageToken !== "") print("… and more; -n lists them");
}

const bare = ({ name }: ApiKey) => name.replace(/^apiKeys\//, "");

const rolesOf = ({ roles }: ApiKey) => roles.map((role) => ROLE_WORDS.word(role, "roles") ?? "?");

const columns = (nowMs: number) => [
  { title: "KEY", cell: bare },
  { title: "TENANT", cell: ({ tenant }: ApiKey) => tenant },
  { title: "ROLES", cell: (key: ApiKey) => rolesOf(key).join(" ") },
  { title: "STATE", cell: (key: ApiKey) => stateOf(key, nowMs) },
  { title: "AGE", cell: ({ createTime }: ApiKey) => ageText(createTime, nowMs), alignRight: true },
  {
    title: "LAST USED",
    cell: ({ lastUseTime }: ApiKey) => (lastUseTime ? ageText(lastUseTime, nowMs) : "never"),
    alignRight: true,
  },
  { title: "NOTE", cell: ({ note }: ApiKey) => note },
];

function stateOf({ revokeTime, expireTime }: ApiKey, nowMs: number): string {
  if (revokeTime) return "revoked";
  if (!expireTime) return "valid";
  const isOver = expireTime.getTime() <= nowMs;
  return isOver ? "expired" : `until ${expireTime.toISOString().slice(0, 16)}Z`;
}

const timeJson = (time: Date | undefined) => time?.toISOString() ?? null;

function keyJson(key: ApiKey) {
  return {
    name: key.name,
    prefix: key.prefix,
    tenant: key.tenant,
    roles: rolesOf(key),
    note: key.note,
    createTime: timeJson(key.createTime),
    lastUseTime: timeJson(key.lastUseTime),
    expireTime: timeJson(key.expireTime),
    revokeTime: timeJson(key.revokeTime),
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
