/** `depthmesh quota`: shows and sets what a tenant may use. */
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { durationText, sizeText } from "../../core/quantity-text.js";
import type { GetTenantQuotaResponse } from "../../proto/gen/depthmesh/v1/admin_service.js";
import type { TenantQuota, TenantUsage } from "../../proto/gen/depthmesh/v1/tenant.js";
import { type ConnectOptions, withAdmin, withRunningMesh } from "../connect.js";
import { JSON_HELP, print, printJson } from "../print.js";
import { sizeBytes } from "../quantity.js";
import { tableLines } from "../table.js";

interface GetOptions extends ConnectOptions {
  readonly json?: boolean;
}
/** An absent option leaves the limit as it is. */
interface SetOptions extends GetOptions {
  readonly requestsPerSecond?: Limit;
  readonly jobs?: Limit;
  readonly uploads?: Limit;
  readonly uploadBytes?: Limit;
  readonly pixelFrames?: Limit;
  readonly defaults?: boolean;
}
type Limits = Omit<TenantQuota, "_unknownFields">;

const NO_LIMIT = "none";
type Limit = number | typeof NO_LIMIT;

export function addQuota(program: Command): void {
  const quota = program.command("quota").description("show and set what a tenant may use");
  withAdmin(
    quota
      .command("get")
      .description("show a tenant's limits, and what it has used")
      .argument("[tenant]", "name of the tenant", "default")
      .option("--json", JSON_HELP),
  ).action((tenant: string, options: GetOptions) =>
    withRunningMesh(options, async ({ admin, signal }) =>
      show(await admin.getTenantQuota(tenant, signal), options),
    ),
  );
  withAdmin(
    quota
      .command("set")
      .description("change a tenant's limits; those that are not named stay")
      .argument("<tenant>", "name of the tenant")
      .option("--requests-per-second <n>", `calls a second on each gateway, or ${NO_LIMIT}`, rate)
      .option("--jobs <n>", `jobs that have not ended, or ${NO_LIMIT}`, whole)
      .option("--uploads <n>", `uploads at once on each gateway, or ${NO_LIMIT}`, whole)
      .option("--upload-bytes <size>", `uploaded in a day: 5GB, or ${NO_LIMIT}`, bytes)
      .option("--pixel-frames <n>", `pixels drawn in a day: 2e12, or ${NO_LIMIT}`, whole)
      .option("--defaults", "forget what was set: the settings of the gateway hold")
      .option("--json", JSON_HELP),
  ).action((tenant: string, options: SetOptions) =>
    withRunningMesh(options, async ({ admin, signal }) => {
      const { quota: present } = await admin.getTenantQuota(tenant, signal);
      const next = options.defaults ? undefined : changed(present ?? {}, options);
      show(await admin.setTenantQuota(tenant, next, signal), options);
    }),
  );
}

function changed(present: Limits, options: SetOptions): Limits {
  const { requestsPerSecond, jobs, uploads, uploadBytes, pixelFrames } = options;
  const given = [requestsPerSecond, jobs, uploads, uploadBytes, pixelFrames];
  if (given.every((value) => value === undefined)) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "name a limit to change, or use --defaults");
  }
  const limit = (value: Limit | undefined, before: number | undefined) => {
    if (value === undefined) return before;
    return value === NO_LIMIT ? undefined : value;
  };
  return {
    requestsPerSecond: limit(requestsPerSecond, present.requestsPerSecond),
    concurrentJobs: limit(jobs, present.concurrentJobs),
    concurrentUploads: limit(uploads, present.concurrentUploads),
    uploadBytesPerDay: limit(uploadBytes, present.uploadBytesPerDay),
    pixelFramesPerDay: limit(pixelFrames, present.pixelFramesPerDay),
  };
}

function show({ tenant, quota = {}, usage }: GetTenantQuotaResponse, { json }: GetOptions): void {
  if (json) {
    printJson({ tenant, quota, usage });
    return;
  }
  for (const line of tableLines(COLUMNS, rowsOf(quota, usage))) print(line);
  const untilReset = usage?.resetTime && (usage.resetTime.getTime() - Date.now()) / 1000;
  if (untilReset) print(`a new day begins in ${durationText(untilReset)}`);
}

type Row = readonly [what: string, used: string, limit: string];
const COLUMNS = [
  { title: "WHAT", cell: ([what]: Row) => what },
  { title: "USED", cell: ([, used]: Row) => used, alignRight: true },
  { title: "LIMIT", cell: ([, , limit]: Row) => limit, alignRight: true },
];

function rowsOf(quota: Limits, usage: TenantUsage | undefined): Row[] {
  const row = (
    what: string,
    used: number | undefined,
    limit: number | undefined,
    textOf: (value: number) => string = String,
  ): Row => [
    what,
    used === undefined ? "-" : textOf(used),
    limit === undefined ? NO_LIMIT : textOf(limit),
  ];
  return [
    row("calls a second", undefined, quota.requestsPerSecond),
    row("jobs that have not ended", usage?.concurrentJobs, quota.concurrentJobs),
    row("uploads at once", usage?.concurrentUploads, quota.concurrentUploads),
    row("uploaded today", usage?.uploadBytes, quota.uploadBytesPerDay, sizeText),
    row("pixels drawn today", usage?.pixelFrames, quota.pixelFramesPerDay, pixelText),
  ];
}

function pixelText(pixels: number): string {
  if (pixels < 1e6) return String(pixels);
  const [value, unit] = pixels < 1e9 ? [pixels / 1e6, "M"] : [pixels / 1e9, "G"];
  return `${value < 100 ? value.toPrecision(3) : Math.round(value)} ${unit}`;
}

const numberIn = (text: string) => (text.trim() === "" ? Number.NaN : Number(text));

/** Any number, such as 0.5: a call every two seconds. */
function rate(text: string): Limit {
  return limitIn(text, numberIn(text), Number.isFinite, "a number");
}

function whole(text: string): Limit {
  return limitIn(text, numberIn(text), Number.isInteger, "a whole number");
}

/** `1.5MB` is a whole number of bytes, as any size that people write is within a byte. */
function bytes(text: string): Limit {
  const size = sizeBytes(text);
  const value = size === undefined ? numberIn(text) : Math.round(size);
  return limitIn(text, value, Number.isInteger, "a size");
}

/** The server checks the range. */
function limitIn(
  text: string,
  value: number,
  isLimit: (value: number) => boolean,
  what: string,
): Limit {
  if (text === NO_LIMIT) return NO_LIMIT;
  if (isLimit(value)) return value;
  const message = `${text.slice(0, 64)} is no limit: write ${what}, or ${NO_LIMIT}`;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message);
}
