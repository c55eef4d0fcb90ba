/** What is not asked for is not loaded; what is asked for is served, and ends. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../../testing/free-ports.js";
import { packagePath } from "../process/package-path.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-telemetry-"));
after(() => rmSync(folder, { recursive: true }));

/**
 * Starts the telemetry of a service, and prints the packages of OpenTelemetry that it has loaded.
 */
const PROGRAM = `
  import { createRequire } from "node:module";
  const { startTelemetry } = await import(${JSON.stringify(packagePath("dist", "kit", "telemetry", "telemetry.js"))});
  const log = { info() {}, warn() {} };
  const self = { service: "depth", worker: "depth-test", version: "1" };
  const traceFolder = ${JSON.stringify(folder)};
  const telemetry = await startTelemetry({ ...self, log, tap: { to: undefined }, traceFolder });
  const { cache } = createRequire(${JSON.stringify(packagePath("x.js"))});
  const names = Object.keys(cache).map((path) => path.match(/@opentelemetry[/]([a-z-]+)/g)?.at(-1));
  const text = telemetry.metrics?.address && await (await fetch("http://" + telemetry.metrics.address + "/metrics")).text();
  await telemetry.end();
  console.log(JSON.stringify({ names: [...new Set(names)].filter(Boolean), text }));`;

async function loadedWith(
  env: Record<string, string>,
): Promise<{ names: string[]; text?: string }> {
  const { PATH = "" } = process.env;
  const args = ["--input-type=module", "-e", PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { PATH, ...env } });
  return JSON.parse(stdout);
}

const METRICS = "@opentelemetry/sdk-metrics";

test("without a variable, neither metrics nor exporters are loaded", async () => {
  const { names } = await loadedWith({});
  assert.deepEqual(
    names.filter((name) => name === METRICS || /exporter|logs|otlp/.test(name)),
    [],
  );
});

test("a port for Prometheus loads the metrics and no exporter", async () => {
  const port = String(await freePort());
  const { names, text } = await loadedWith({ DEPTHMESH_METRICS_PORT: port });
  assert.ok(names.includes(METRICS));
  assert.deepEqual(
    names.filter((name) => /exporter|logs|otlp/.test(name)),
    [],
  );
  assert.match(text ?? "", /process_uptime_seconds/);
  assert.match(text ?? "", /service_instance_id="depth-test"/);
});

test("OTEL_SDK_DISABLED opens no port and loads nothing", async () => {
  const port = String(await freePort());
  const off = { OTEL_SDK_DISABLED: "true", OTEL_METRICS_EXPORTER: "otlp" };
  const { names, text } = await loadedWith({ ...off, DEPTHMESH_METRICS_PORT: port });
  assert.equal(text, undefined);
  assert.ok(!names.includes(METRICS));
});

test("a collector that is away delays the end of a process by two seconds at most", async () => {
  const begunAtMs = performance.now();
  const away = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_LOGS_EXPORTER: "otlp" };
  await loadedWith(away);
  const withoutMs = performance.now();
  await loadedWith({});
  const startMs = performance.now() - withoutMs;
  const tookMs = withoutMs - begunAtMs;
  assert.ok(tookMs < startMs * 4 + 6_000, `${tookMs} ms beside ${startMs}`);
});
