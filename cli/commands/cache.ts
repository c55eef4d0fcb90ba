/** `depthmesh cache`: lists and removes what later jobs of a mesh can reuse. */
import { type Command, Option } from "commander";
import { ageText, sizeText } from "../../core/quantity-text.js";
import type { CacheEntry, CacheKind } from "../../proto/gen/depthmesh/v1/admin_service.js";
import { CACHE_KIND_WORDS } from "../../wire/enums.js";
import { confirmed } from "../confirm.js";
import { type Connection, type ConnectOptions, jobId, withAdmin, withMesh } from "../connect.js";
import { count } from "../options.js";
import { JSON_HELP, print, printJson } from "../print.js";
import { parseDuration } from "../quantity.js";
import { tableLines } from "../table.js";

interface KindOptions extends ConnectOptions {
  readonly kind?: string;
}
interface ListOptions extends KindOptions {
  readonly limit: number;
  readonly json?: boolean;
}
interface PurgeOptions extends KindOptions {
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly yes?: boolean;
}

const NO_WORKERS = { workers: "none" } as const;

export function addCache(program: Command): void {
  const cache = program
    .command("cache")
    .description("list and remove depth maps and results that later jobs can reuse");
  withAdmin(
    cache
      .command("ls")
      .description("list what later jobs can reuse, newest first")
      .addOption(kindOption())
      .option("-n, --limit <n>", "maximum number to list", count(1, 1000), 20)
      .option("--json", JSON_HELP),
  ).action((options: ListOptions) =>
    withMesh(options, (connection) => list(connection, options), NO_WORKERS),
  );
  withAdmin(
    cache
      .command("purge")
      .description("remove what later jobs could reuse; the files of jobs are kept")
      .addOption(kindOption())
      .option(
        "--older-than <time>",
        "only what was stored before this time: 12h, 7d",
        parseDuration,
      )
      .option("-y, --yes", "do not ask"),
  ).action((options: PurgeOptions) =>
    withMesh(options, (connection) => purge(connection, options), NO_WORKERS),
  );
}

const kindOption = () =>
  new Option("--kind <kind>", "only this kind").choices(["depth-map", "result"]);

const kindNumber = ({ kind }: KindOptions): CacheKind => CACHE_KIND_WORDS.number(kind, "kind");

const columns = (nowMs: number) => [
  { title: "KIND", cell: ({ kind }: CacheEntry) => CACHE_KIND_WORDS.word(kind, "kind") ?? "" },
  {
    title: "AGE",
    cell: ({ createTime }: CacheEntry) => ageText(createTime, nowMs),
    alignRight: true,
  },
  { title: "SIZE", cell: (entry: CacheEntry) => sizeText(entry.sizeBytes), alignRight: true },
  { title: "MADE BY", cell: ({ job }: CacheEntry) => jobId(job) || "-" },
];

async function list({ admin, signal }: Connection, options: ListOptions): Promise<void> {
  const request = { pageSize: options.limit, pageToken: "", kind: kindNumber(options) };
  const { entries, totalEntries } = await admin.listCacheEntries(request, signal);
  if (options.json) {
    return printJson(
      entries.map(({ name, kind, createTime, sizeBytes, job }) => ({
        name,
        kind: CACHE_KIND_WORDS.word(kind, "kind") ?? null,
        createTime: createTime?.toISOString() ?? null,
        sizeBytes,
        job: job || null,
      })),
    );
  }
  for (const line of tableLines(columns(Date.now()), entries)) print(line);
  if (totalEntries > entries.length) print(`… and ${totalEntries - entries.length} more`);
}

async function purge({ admin, signal }: Connection, options: PurgeOptions): Promise<void> {
  const { olderThan, yes } = options;
  const what = olderThan === undefined ? "everything" : "what is older";
  if (!yes && !(await confirmed(`remove ${what} from the cache?`, signal))) {
    return print("nothing was removed");
  }
  const storedBefore = olderThan === undefined ? undefined : new Date(Date.now() - olderThan);
  const request = { kind: kindNumber(options), storedBefore };
  const { entries, freedBytes } = await admin.purgeCache(request, signal);
  const kept = entries > 0 && freedBytes === 0 ? "; jobs still have their files" : "";
  print(`${entries} removed from the cache, ${sizeText(freedBytes)} freed${kept}`);
}
