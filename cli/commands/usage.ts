/** `depthmesh usage`: what tenants have used, by day. */
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { sizeText } from "../../core/quantity-text.js";
import type { DailyUsage } from "../../proto/gen/depthmesh/v1/admin_service.js";
import { type ConnectOptions, withAdmin, withRunningMesh } from "../connect.js";
import { isPointInTime } from "../options.js";
import { JSON_HELP, print, printJson } from "../print.js";
import { durationMs } from "../quantity.js";
import { tableLines } from "../table.js";

interface Options extends ConnectOptions {
  readonly tenant?: string;
  readonly from?: Date;
  readonly to?: Date;
  readonly json?: boolean;
}

const PAGE_SIZE = 1000;
/** Its midnight in UTC. */
const DATE = /^\d{4}-\d\d-\d\d$/;

export function addUsage(program: Command): void {
  withAdmin(
    program
      .command("usage")
      .description("show what tenants have used by day, of the jobs that are still there")
      .option("--tenant <name>", "only this tenant (default: all)")
      .option("--from <time>", "only jobs created since: 30d, or 2026-11-01", time("from"))
      .option("--to <time>", "only jobs created before: 1d, or 2026-12-01", time("to"))
      .option("--json", JSON_HELP),
  ).action((options: Options) =>
    withRunningMesh(options, async ({ admin, signal }) => {
      const { tenant = "", from: createdFrom, to: createdBefore } = options;
      const all: DailyUsage[] = [];
      for (let pageToken = ""; ; ) {
        const request = { pageSize: PAGE_SIZE, pageToken, tenant, createdFrom, createdBefore };
        const { usage, nextPageToken } = await admin.listUsage(request, signal);
        all.push(...usage);
        pageToken = nextPageToken;
        if (pageToken === "") break;
      }
      show(all, options);
    }),
  );
}

/** So long ago, or the time that is named. Throws PARAMETER_OUT_OF_RANGE. */
function time(option: string): (text: string) => Date {
  return (text) => {
    const agoMs = durationMs(text);
    if (agoMs !== undefined) return new Date(Date.now() - agoMs);
    const date = new Date(isPointInTime(text) || DATE.test(text) ? text : Number.NaN);
    if (Number.isFinite(date.getTime())) return date;
    const message = `--${option} must be a time before now such as 30d, or a time such as 2026-11-01T00:00:00Z`;
    const metadata = { field: option, actual: text.slice(0, 64) };
    throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata });
  };
}

const COLUMNS = [
  { title: "DAY", cell: dayText },
  { title: "TENANT", cell: ({ tenant }: DailyUsage) => tenant },
  { title: "JOBS", cell: ({ jobs }: DailyUsage) => String(jobs), alignRight: true },
  {
    title: "PIXELS",
    cell: ({ pixelFrames }: DailyUsage) => String(pixelFrames),
    alignRight: true,
  },
  {
    title: "STORED",
    cell: ({ storedBytes }: DailyUsage) => sizeText(storedBytes),
    alignRight: true,
  },
];

function show(days: readonly DailyUsage[], { json }: Options): void {
  if (json) {
    printJson(
      days.map((day) => {
        const { tenant, jobs, pixelFrames, storedBytes } = day;
        return { day: dayText(day), tenant, jobs, pixelFrames, storedBytes };
      }),
    );
    return;
  }
  for (const line of tableLines(COLUMNS, days)) print(line);
}

/** In UTC. */
function dayText({ day }: DailyUsage): string {
  return day?.toISOString().slice(0, 10) ?? "";
}
