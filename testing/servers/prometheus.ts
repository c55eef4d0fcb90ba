/** A real Prometheus for tests: it reads targets every second and answers queries. */
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pause } from "../../kit/async/delay.js";
import { freePort } from "../free-ports.js";
import { spawnGuarded } from "../guarded-child.js";

/** What a scrape asks: one process, and the labels of its series. */
export interface ScrapeTarget {
  /** host:port */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type Series = Readonly<Record<string, string>>;

export interface Rule {
  readonly name: string;
  readonly query: string;
  readonly type: "alerting" | "recording";
  /** `unknown` before the first evaluation, `err` where it has failed. */
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  /** Of an alert. */
  readonly state?: "inactive" | "pending" | "firing";
}

export interface Prometheus {
  /** Such as `http://127.0.0.1:9090`. */
  readonly origin: string;
  /** The values of an instant query, with their labels. Throws for a wrong query. */
  query(
    expression: string,
  ): Promise<readonly { readonly metric: Series; readonly value: number }[]>;
  /** The labels of all series that match, since the start. */
  series(selector: string): Promise<readonly Series[]>;
  /** The rules that it evaluates, with what became of them. */
  rules(): Promise<readonly Rule[]>;
  /** The trace ids of the exemplars of the series that match. */
  exemplarTraces(selector: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const READY_MS = 60_000;
const SCRAPE_EVERY = "1s";

/** Why no Prometheus can be started here; false if one can. For `skip` of a test. */
export function noPrometheus(): string | false {
  const found = spawnSync("prometheus", ["--version"]).status === 0;
  return found ? false : "prometheus is not installed (scripts/setup --servers)";
}

/**
 * Starts it on a free port of the loopback and waits until it serves. It evaluates the rules of
 * `ruleFiles` every second too.
 */
export async function startPrometheus(
  targets: readonly ScrapeTarget[],
  ruleFiles: readonly string[] = [],
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-prometheus-"));
  const config = join(folder, "prometheus.yml");
  // JSON is YAML.
  await writeFile(config, JSON.stringify(configOf(targets, ruleFiles)));
  const port = await freePort();
  const child = spawnGuarded(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
      "--log.level=warn",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const origin = `http://127.0.0.1:${port}`;
  const ask = async (path: string, parameters: Record<string, string>) => {
    const response = await fetch(`${origin}${path}?${new URLSearchParams(parameters)}`);
    const { status, error, data } = await response.json();
    if (status !== "success") throw new Error(`Prometheus refused ${path}: ${error}`);
    return data;
  };
  const stop = async () => {
    const ended = child.exitCode === null ? once(child, "exit") : undefined;
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(child, origin);
  } catch (error) {
    await stop();
    throw error;
  }
  // Exemplars are asked for by their time.
  const start = String(Date.now() / 1000 - 60);
  const until = () => ({ start, end: String(Date.now() / 1000 + 60) });
  return {
    origin,
    stop,
    query: async (query) => {
      const { result } = await ask("/api/v1/query", { query });
      return result.map(({ metric, value }: { metric: Series; value: [number, string] }) => ({
        metric,
        value: Number(value[1]),
      }));
    },
    series: (selector) => ask("/api/v1/series", { "match[]": selector, ...until() }),
    rules: async () => {
      const { groups }: { groups: { rules: Rule[] }[] } = await ask("/api/v1/rules", {});
      return groups.flatMap(({ rules }) => rules);
    },
    exemplarTraces: async (query) => {
      const found: { exemplars: { labels: Series }[] }[] = await ask("/api/v1/query_exemplars", {
        ...{ query, ...until() },
      });
      const all = found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
      return all.filter((id) => id !== undefined);
    },
  };
}

function configOf(targets: readonly ScrapeTarget[], ruleFiles: readonly string[]) {
  return {
    global: {
      ...{ scrape_interval: SCRAPE_EVERY, scrape_timeout: SCRAPE_EVERY },
      evaluation_interval: SCRAPE_EVERY,
    },
    rule_files: ruleFiles,
    scrape_configs: [
      {
        job_name: "depthmesh",
        static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
      },
    ],
  };
}

async function untilReady(child: ChildProcess, origin: string): Promise<void> {
  const deadlineMs = performance.now() + READY_MS;
  while (performance.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
    const response = await fetch(`${origin}/-/ready`).catch(() => undefined);
    if (response?.ok) return;
    await pause(50);
  }
  throw new Error(`prometheus was not ready within ${READY_MS} ms`);
}
