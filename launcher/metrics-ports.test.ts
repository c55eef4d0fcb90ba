/** Each process of a mesh gets a port of its own for Prometheus, and a file lists them. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { chooseMetricsPorts, metricsSettings } from "./metrics-ports.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-metrics-ports-"));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, "targets.json");
const COUNTS = { depth: 1, render: 2, encode: 1, webPort: 0 };

test("ports follow the first one, and Prometheus finds them in a file", async () => {
  const targets = await chooseMetricsPorts({ ...COUNTS, metricsPort: 9_000 }, file);
  assert.deepEqual(
    targets.map(({ service, port }) => [service, port]),
    [
      ["gateway", 9_000],
      ["web", 9_001],
      ["depth", 9_002],
      ["render", 9_003],
      ["render", 9_004],
      ["encode", 9_005],
    ],
  );
  assert.deepEqual(metricsSettings(targets, "render", 1), { DEPTHMESH_METRICS_PORT: "9004" });
  assert.deepEqual(metricsSettings(targets, "render", 2), { DEPTHMESH_METRICS_PORT: "0" });
  const [first] = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(first, { targets: ["127.0.0.1:9000"], labels: { service: "gateway" } });
});

test("each of several gateways has a port", async () => {
  const targets = await chooseMetricsPorts({ ...COUNTS, gateways: 2, metricsPort: 9_000 }, file);
  assert.deepEqual(
    targets.slice(0, 3).map(({ service, port }) => [service, port]),
    [
      ["gateway", 9_000],
      ["gateway", 9_001],
      ["web", 9_002],
    ],
  );
});

test("workers of another machine's mesh have no gateway beside them", async () => {
  const joined = { depth: 0, render: 1, encode: 1, isJoined: true, metricsPort: 9_000 };
  const targets = await chooseMetricsPorts(joined, file);
  assert.deepEqual(
    targets.map(({ service, port }) => [service, port]),
    [
      ["render", 9_000],
      ["encode", 9_001],
    ],
  );
});

test("0 is any ports, each once", async () => {
  const targets = await chooseMetricsPorts({ ...COUNTS, metricsPort: 0 }, file);
  assert.equal(new Set(targets.map(({ port }) => port)).size, 6);
});

test("any ports of an address that this machine does not have are refused by the setting", async () => {
  const at = (DEPTHMESH_METRICS_HOST: string) =>
    chooseMetricsPorts(
      { ...COUNTS, metricsPort: 0, environment: { DEPTHMESH_METRICS_HOST } },
      file,
    );
  await assert.rejects(at("192.0.2.10"), /DEPTHMESH_METRICS_HOST is "192\.0\.2\.10"/);
  await assert.rejects(at("127.0.0.1:9000"), /DEPTHMESH_METRICS_HOST.*without a port/);
});

test("Prometheus reads every address of this machine on the loopback", async () => {
  const environment = { DEPTHMESH_METRICS_HOST: "[::0]" };
  const targets = await chooseMetricsPorts({ ...COUNTS, metricsPort: 9_000, environment }, file);
  assert.equal(targets[0]?.address, "[::1]:9000");
});

test("without the option no process opens a port, and no file of an earlier mesh stays", async () => {
  assert.deepEqual(await chooseMetricsPorts(COUNTS, file), []);
  assert.equal(existsSync(file), false);
  assert.deepEqual(metricsSettings([], "gateway", 0), { DEPTHMESH_METRICS_PORT: "0" });
});

test("a first port with too few after it is refused with the highest that is possible", async () => {
  const chosen = chooseMetricsPorts({ ...COUNTS, metricsPort: 65_535 }, file);
  await assert.rejects(chosen, /leaves too few ports for 6 processes; use at most 65530/);
});
