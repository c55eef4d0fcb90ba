/**
 * Settings from environment variables: each is described once, checked at start, and documented
 * from that description.
 */
import { z } from "zod";
import { KNOWN_VARIABLES } from "./known-variables.js";
import { problemOfServers, SERVERS_FORM } from "./nats/servers.js";
import { HOST_PORT_FORM, hostPortsIn, parseHostPort } from "./network/host-port.js";

/** One setting of a service. Its unit is part of its name. */
export interface Setting<T> {
  readonly variable: string;
  /** The name that it had in an earlier version; it is still read where `variable` is unset. */
  readonly formerVariable?: string;
  readonly schema: z.ZodType<T>;
  /** What a value must be, for the error: "an integer from 0 to 65535". */
  readonly expected: string;
  readonly meaning: string;
  /** Errors do not show its value, but what the schema says about it. */
  readonly isSecret?: boolean;
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
    expected: `an integer from ${range[0]} to ${range[1]}`,
    meaning: `${meaning} (default ${fallback}, ${range[0]} to ${range[1]})`,
  };
}

/** A setting with a fixed list of values. */
export function choice<T extends string>(
  variable: string,
  fallback: T,
  choices: readonly [T, ...T[]],
  meaning: string,
): Setting<T> {
  const schema = z.enum(choices).default(fallback as never) as unknown as z.ZodType<T>;
  return {
    variable,
    schema,
    expected: `one of ${choices.join(", ")}`,
    meaning: `${meaning} (default ${fallback}; ${choices.join(", ")})`,
  };
}

/** A text setting; an empty fallback means unset. */
export function text(variable: string, fallback: string, meaning: string): Setting<string> {
  const shown = fallback === "" ? "unset" : fallback;
  return {
    variable,
    schema: z.string().default(fallback),
    expected: "text",
    meaning: `${meaning} (default ${shown})`,
  };
}

/**
 * A name or an IP address to listen on, with or without brackets; an empty fallback means unset.
 */
export function host(variable: string, fallback: string, meaning: string): Setting<string> {
  const schema = z
    .string()
    .default(fallback)
    .refine((value) => value === "" || isHostAlone(value))
    .transform((value) => parseHostPort(value)?.host ?? "") as unknown as z.ZodType<string>;
  const expected = "a name or an IP address without a port";
  return { ...text(variable, fallback, meaning), schema, expected };
}

const isHostAlone = (value: string) => {
  const address = parseHostPort(value);
  return address !== undefined && address.port === undefined;
};

/**
 * The address of a port of another process, or several with commas between; an empty fallback means
 * unset.
 */
export function hostPort(variable: string, fallback: string, meaning: string): Setting<string> {
  const schema = z
    .string()
    .default(fallback)
    .refine((value) => value === "" || hostPortsIn(value) !== undefined)
    .transform((value) => hostPortsIn(value) ?? "") as unknown as z.ZodType<string>;
  return { ...text(variable, fallback, meaning), schema, expected: HOST_PORT_FORM };
}

/**
 * Reads `settings` from the environment. The error lists all wrong variables, each with its value
 * and meaning.
 */
export function readSettings<T>(settings: Settings<T>, environment: Environment = process.env): T {
  const problems: string[] = [];
  const entries = Object.entries(settings as Record<string, Setting<unknown>>).map(
    ([name, setting]) => {
      const { variable, formerVariable = variable } = setting;
      const given = environment[variable] ? variable : formerVariable;
      const raw = environment[given];
      const parsed = setting.schema.safeParse(raw === "" ? undefined : raw);
      if (parsed.success) return [name, parsed.data];
      const { expected, meaning, isSecret = false } = setting;
      const value = isSecret ? `wrong (${parsed.error.issues[0]?.message})` : `"${raw}"`;
      problems.push(`${given} is ${value}, but must be ${expected}: ${meaning}`);
      return [name, undefined];
    },
  );
  if (problems.length > 0) {
    throw new Error(`environment variables are wrong\n  ${problems.join("\n  ")}`);
  }
  return Object.fromEntries(entries) as T;
}

export const LOG_LEVELS = ["info", "trace", "debug", "warn", "error", "fatal", "silent"] as const;

/** The settings that every service has. */
export const COMMON_SETTINGS = {
  host: host("DEPTHMESH_HOST", "127.0.0.1", "address that the gRPC server listens on"),
  port: integer("DEPTHMESH_PORT", 0, [0, 65535], "port of the gRPC server, 0 picks a free one"),
  advertiseHost: {
    ...text(
      "DEPTHMESH_ADVERTISE_HOST",
      "",
      "host name, or host:port, under which other processes reach this one; unset means the listening address, or, where that is every address, the one from which this machine talks to NATS",
    ),
    schema: z
      .string()
      .default("")
      .refine((value) => value === "" || parseHostPort(value) !== undefined),
    expected: `a host, or ${HOST_PORT_FORM}`,
  } as Setting<string>,
  natsUrl: {
    variable: "DEPTHMESH_NATS_URL",
    schema: z
      .string()
      .default("nats://127.0.0.1:4222")
      .superRefine((value, { addIssue }) => {
        const message = problemOfServers(value);
        if (message !== undefined) addIssue({ code: "custom", message });
      }),
    expected: SERVERS_FORM,
    meaning:
      "NATS server with JetStream, with this service's user and password: nats://depth:PASSWORD@HOST:4222; tls:// encrypts; the servers of a cluster with commas between them (default nats://127.0.0.1:4222)",
    isSecret: true,
  },
  gatewayAddress: hostPort(
    "DEPTHMESH_GATEWAY",
    "127.0.0.1:7412",
    "host:port of the gateway's internal port, where workers pull photos and push results; of several gateways all, with commas between, or a name that has all their addresses",
  ),
  tlsCert: text(
    "DEPTHMESH_TLS_CERT",
    "",
    "file with this process's certificate and its intermediate ones; with it every port is encrypted, and so are connections to the rest of the mesh",
  ),
  tlsKey: text("DEPTHMESH_TLS_KEY", "", "file with the key of DEPTHMESH_TLS_CERT"),
  tlsCa: text(
    "DEPTHMESH_TLS_CA",
    "",
    "file with the authorities that sign the certificates of the mesh and of its callers; unset means those of Node, and callers are not asked for a certificate",
  ),
  tlsServerName: text(
    "DEPTHMESH_TLS_SERVER_NAME",
    "",
    "name in the certificates of the mesh's processes; unset means the host of their address",
  ),
  meshToken: text(
    "DEPTHMESH_MESH_TOKEN",
    "",
    "secret of at least 32 characters that the processes of a mesh show each other",
  ),
  meshTokenFile: text(
    "DEPTHMESH_MESH_TOKEN_FILE",
    "",
    "file with the secret, instead of DEPTHMESH_MESH_TOKEN",
  ),
  stageAccess: choice(
    "DEPTHMESH_STAGE_ACCESS",
    "mesh",
    ["mesh", "open"],
    "who may call the internal port of the gateway and the ports of the workers: mesh is processes of the mesh, open is everybody who reaches them",
  ),
  natsCa: text(
    "DEPTHMESH_NATS_CA",
    "",
    "file (PEM) with the authorities that sign the certificate of nats-server; with it the connection is encrypted, as with a tls:// address",
  ),
  natsCert: text(
    "DEPTHMESH_NATS_CERT",
    "",
    "file (PEM) with the certificate that this process shows nats-server, if it asks for one",
  ),
  natsKey: text("DEPTHMESH_NATS_KEY", "", "file with the key of DEPTHMESH_NATS_CERT"),
  stallMs: integer(
    "DEPTHMESH_STALL_MS",
    60_000,
    [500, 3_600_000],
    "milliseconds without progress after which a part counts as hung and is killed",
  ),
  drainMs: integer(
    "DEPTHMESH_DRAIN_MS",
    10_000,
    [0, 600_000],
    "milliseconds that running work gets to finish after SIGTERM",
  ),
  traceFolder: text("DEPTHMESH_TRACES", ".depthmesh/traces", "folder of the local trace files"),
  keepTracesHours: integer(
    "DEPTHMESH_KEEP_TRACES_HOURS",
    336,
    [1, 87_600],
    "hours that a local trace file is kept after its last span",
  ),
  logLevel: choice("DEPTHMESH_LOG", "info", LOG_LEVELS, "least severe lines that are logged"),
  logFormat: choice(
    "DEPTHMESH_LOG_FORMAT",
    "auto",
    ["auto", "json", "pretty"],
    "form of the log: auto is pretty on a terminal and JSON elsewhere",
  ),
  healthSocket: text(
    "DEPTHMESH_HEALTH_SOCKET",
    "",
    "Unix socket on which this process says whether it serves, for the health check of a container; unset means none",
  ),
  failpointFolder: text(
    "DEPTHMESH_FAILPOINTS",
    "",
    "folder of armed failpoints, for fault tests only: anybody who can write there can end this process",
  ),
};

/** The values of settings. */
export type ConfigOf<S> = {
  [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};
export type CommonConfig = ConfigOf<typeof COMMON_SETTINGS>;

const PREFIX = "DEPTHMESH_";

/** nats-server reads these (deploy/nats-users.conf). */
const NATS_PASSWORD = /^DEPTHMESH_NATS_(GATEWAY|DEPTH|RENDER|ENCODE|OPERATOR)_PASSWORD$/;

/** The variables that begin with DEPTHMESH_ and that nothing reads, such as misspelled ones. */
export function unknownVariables(environment: Environment = process.env): readonly string[] {
  const known = new Set<string>(KNOWN_VARIABLES);
  return Object.keys(environment).filter(
    (name) => name.startsWith(PREFIX) && !known.has(name) && !NATS_PASSWORD.test(name),
  );
}

/** The key that a command shows: no process that it starts needs it. */
const CALLERS_KEY = "DEPTHMESH_KEY";

/** The environment of this process with changes, for a process that it starts. */
export function childEnvironment(
  changes: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== CALLERS_KEY,
  );
  return { ...Object.fromEntries(inherited), ...changes };
}

/**
 * One variable that belongs to the system (DISPLAY, XDG_RUNTIME_DIR); undefined if unset or empty.
 */
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
