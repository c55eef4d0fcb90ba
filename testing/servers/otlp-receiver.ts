import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { packagePath } from "../../kit/process/package-path.js";
import { spawnGuarded } from "../guarded-child.js";

const PROGRAM = packagePath(".setup", "otlp-receiver");

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

interface FromResource {
  readonly resource: { readonly attributes: readonly Attribute[] };
}

export interface PushedMetric {
  readonly name: string;
  readonly unit?: string;
  readonly histogram?: {
    readonly dataPoints: readonly {
      /** 64-bit integers are texts. */
      readonly count: string;
      readonly sum: number;
      readonly bucketCounts: readonly string[];
      readonly explicitBounds: readonly number[];
      readonly attributes: readonly Attribute[];
    }[];
  };
}

export interface PushedSpan {
  readonly name: string;
  /** Bytes in base64. */
  readonly traceId: string;
}

export interface PushedLine {
  readonly body?: { readonly stringValue?: string };
  /** Bytes in base64. */
  readonly traceId?: string;
  readonly severityText: string;
  readonly attributes: readonly Attribute[];
}

/** One request: a message of opentelemetry-proto in its JSON form, as far as tests read it. */
export interface Received {
  readonly signal: "traces" | "metrics" | "logs";
  /** The metadata `x-test-token` of the call. */
  readonly token: string;
  readonly request: {
    readonly resourceSpans?: readonly (FromResource & {
      readonly scopeSpans: readonly { readonly spans: readonly PushedSpan[] }[];
    })[];
    readonly resourceMetrics?: readonly (FromResource & {
      readonly scopeMetrics: readonly { readonly metrics: readonly PushedMetric[] }[];
    })[];
    readonly resourceLogs?: readonly (FromResource & {
      readonly scopeLogs: readonly { readonly logRecords: readonly PushedLine[] }[];
    })[];
  };
}

/** The attributes that are texts. */
export function textsOf(list: readonly Attribute[]): Readonly<Record<string, string>> {
  return Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? ""]));
}

/** What is said about the process that has pushed. */
export function resourceOf({ request }: Received): Readonly<Record<string, string>> {
  const { resourceSpans = [], resourceMetrics = [], resourceLogs = [] } = request;
  const [first] = [...resourceSpans, ...resourceMetrics, ...resourceLogs];
  return textsOf(first?.resource.attributes ?? []);
}

export function spansOf({ request: { resourceSpans = [] } }: Received): PushedSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

export function metricsOf({ request: { resourceMetrics = [] } }: Received): PushedMetric[] {
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  );
}

export function linesOf({ request: { resourceLogs = [] } }: Received): PushedLine[] {
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}

export interface OtlpReceiver {
  /** Such as `http://127.0.0.1:4317`. */
  readonly endpoint: string;
  /** Everything so far. */
  readonly received: readonly Received[];
  stop(): Promise<void>;
}

/** Why it cannot be started here; false if it can. For `skip` of a test. */
export function noOtlpReceiver(): string | false {
  return existsSync(PROGRAM)
    ? false
    : "the receiver is not built (scripts/setup --servers, with Go)";
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const child = spawnGuarded(PROGRAM, [], { stdio: ["ignore", "pipe", "inherit"] });
  const received: Received[] = [];
  if (!child.stdout) throw new Error("the receiver has no output");
  const lines = createInterface({ input: child.stdout });
  const listening = new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => {
      const told = JSON.parse(line);
      if (told.listening) resolve(told.listening);
      else received.push(told);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the receiver ended with ${code}`)));
  });
  const stop = async () => {
    const ended = child.exitCode === null ? once(child, "exit") : undefined;
    child.kill("SIGTERM");
    await ended;
  };
  return { endpoint: `http://${await listening}`, received, stop };
}
