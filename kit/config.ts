/**
 * Settings from the environment: each described once, checked at start, documented from the same
 * words.
 */
import { z } from "zod";

/** One setting of a service. Its unit is in its name. */
export interface Setting<T> {
  readonly variable: string;
  readonly schema: z.ZodType<T>;
  readonly meaning: string;
}

export type Settings<T> = { readonly [K in keyof T]: Setting<T[K]> };

type Environment = Readonly<Record<string, string | undefined>>;

/** An integer setting in [minimum, maximum]. */
export function integer(
  variable: string,
  fallback: number,
  range: readonly [minimum: number, maximum: number],
  meaning: string,
): Setting<number> {
  const schema = z.coerce.number().int().min(range[0]).max(range[1]).default(fallback);
  return {
    variable,
    schema,
    meaning: `${meaning} (default ${fallback}, ${range[0]} to ${range[1]})`,
  };
}

/** A setting that is one of a few words. */
export function choice<T extends string>(
  variable: string,
  fallback: T,
  choices: readonly [T, ...T[]],
  meaning: string,
): Setting<T> {
  const schema = z.enum(choices).default(fallback as never) as unknown as z.ZodType<T>;
  return { variable, schema, meaning: `${meaning} (default ${fallback}; ${choices.join(", ")})` };
}

/** A text setting; an empty fallback means unset. */
export function text(variable: string, fallback: string, meaning: string): Setting<string> {
  const shown = fallback === "" ? "unset" : fallback;
  return {
    variable,
    schema: z.string().default(fallback),
    meaning: `${meaning} (default ${shown})`,
  };
}

/**
 * Read `settings` from the environment. Throws with every wrong variable, its value and its
 * meaning.
 */
export function readSettings<T>(settings: Settings<T>, environment: Environment = process.env): T {
  const problems: string[] = [];
  const entries = Object.entries(settings as Record<string, Setting<unknown>>).map(
    ([name, setting]) => {
      const raw = environment[setting.variable];
      const parsed = setting.schema.safeParse(raw === "" ? undefined : raw);
      if (parsed.success) return [name, parsed.data];
      const why = parsed.error.issues.map((issue) => issue.message).join("; ");
      problems.push(`${setting.variable}=${raw}: ${why}. It is ${setting.meaning}`);
      return [name, undefined];
    },
  );
  if (problems.length > 0) throw new Error(`wrong settings\n  ${problems.join("\n  ")}`);
  return Object.fromEntries(entries) as T;
}

/** The settings that every process of the mesh has. */
export const COMMON_SETTINGS = {
  host: text("DEPTHMESH_HOST", "127.0.0.1", "address that the gRPC server listens on"),
  port: integer("DEPTHMESH_PORT", 0, [0, 65535], "port of the gRPC server, 0 picks a free one"),
  advertiseHost: text(
    "DEPTHMESH_ADVERTISE_HOST",
    "",
    "host name, or host:port, under which other processes reach this one; unset means the listening address",
  ),
  natsUrl: text(
    "DEPTHMESH_NATS_URL",
    "nats://127.0.0.1:4222",
    "NATS server with JetStream, with this service's user and password: nats://depth:PASSWORD@HOST:4222",
  ),
  gatewayAddress: text(
    "DEPTHMESH_GATEWAY",
    "127.0.0.1:7410",
    "host:port of the gateway, where workers pull photos and push results",
  ),
  leaseMs: integer(
    "DEPTHMESH_LEASE_MS",
    30_000,
    [500, 600_000],
    "milliseconds until a silent worker's stage may be taken over",
  ),
  stallMs: integer(
    "DEPTHMESH_STALL_MS",
    60_000,
    [500, 3_600_000],
    "milliseconds without progress after which a hung part is killed",
  ),
  stageDeadlineMs: integer(
    "DEPTHMESH_STAGE_DEADLINE_MS",
    4 * 3_600_000,
    [1_000, 7 * 24 * 3_600_000],
    "milliseconds that one attempt of a stage may take",
  ),
  retryBaseMs: integer(
    "DEPTHMESH_RETRY_BASE_MS",
    1_000,
    [10, 60_000],
    "milliseconds before a failed stage is tried again; doubled at each further failure, up to a minute",
  ),
  drainMs: integer(
    "DEPTHMESH_DRAIN_MS",
    10_000,
    [0, 600_000],
    "milliseconds that work under way gets to finish on SIGTERM",
  ),
  traceFolder: text("DEPTHMESH_TRACES", ".depthmesh/traces", "folder of the local trace files"),
  keepTracesHours: integer(
    "DEPTHMESH_KEEP_TRACES_HOURS",
    336,
    [1, 87_600],
    "hours that a local trace file is kept after its last span",
  ),
  otlpEndpoint: text("OTEL_EXPORTER_OTLP_ENDPOINT", "", "OTLP/gRPC collector for traces"),
  logLevel: text("DEPTHMESH_LOG", "info", "pino log level"),
  failpointFolder: text(
    "DEPTHMESH_FAILPOINTS",
    "",
    "folder of armed failpoints, for the fault harness only: whoever writes there can end this process",
  ),
};

export type CommonConfig = {
  [K in keyof typeof COMMON_SETTINGS]: (typeof COMMON_SETTINGS)[K] extends Setting<infer T>
    ? T
    : never;
};

/** The slots setting of a worker. */
export function slotsSetting(fallback: number): Setting<number> {
  return integer("DEPTHMESH_SLOTS", fallback, [1, 64], "orders worked on at once");
}

/** The caller's environment with changes, for the processes that this one starts. */
export function childEnvironment(
  changes: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...Object.fromEntries(inherited), ...changes };
}

/** One variable of the environment, for the few that are not ours (DISPLAY, XDG_RUNTIME_DIR). */
export function environmentVariable(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

/**
 * Set a variable that native code of this process reads by itself (DISPLAY, ORT_DISABLE_TELEMETRY).
 */
export function setEnvironmentVariable(name: string, value: string): void {
  process.env[name] = value;
}
