/** The table keeps to the rules of names and units, and asks for nothing unbounded. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { packagePath } from "../process/package-path.js";
import { METRIC_ATTRIBUTES } from "./metric-attributes.js";
import { METRIC_NAMES, METRICS } from "./metric-table.js";
import { prometheusFamily } from "./prometheus-names.js";

const KNOWN: ReadonlySet<string> = new Set(
  Object.values(conventions).filter((value) => typeof value === "string"),
);

/** A comment and the name that is declared after it. */
const DECLARATION =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*declare const (?:ATTR|METRIC)_\w+: "([\w.]+)";/g;

test("names that are not ours are those of the semantic conventions", () => {
  for (const name of [...METRIC_NAMES, ...Object.keys(METRIC_ATTRIBUTES)]) {
    if (!name.startsWith("depthmesh.")) assert.ok(KNOWN.has(name), `${name} is no convention`);
  }
});

test("each metric has its own name in Prometheus, and each attribute is used", () => {
  assert.equal(new Set(METRIC_NAMES.map(prometheusFamily)).size, METRIC_NAMES.length);
  const used = new Set(METRIC_NAMES.flatMap((name) => METRICS[name].attributes as string[]));
  assert.deepEqual([...used].sort(), Object.keys(METRIC_ATTRIBUTES).sort());
});

test("histograms have rising buckets, and only they", () => {
  for (const name of METRIC_NAMES) {
    const { instrument, buckets } = METRICS[name];
    assert.equal(buckets !== undefined, instrument === "histogram", name);
    const sorted = [...(buckets ?? [])].sort((a, b) => a - b);
    assert.deepEqual(buckets ?? [], sorted, name);
  }
});

test("no name of the semantic conventions is deprecated", () => {
  const folder = packagePath("node_modules", "@opentelemetry", "semantic-conventions", "dist");
  const declarations = ["experimental_attributes", "experimental_metrics"]
    .map((file) => readFileSync(join(folder, `${file}.d.mts`), "utf8"))
    .join("\n");
  const deprecated = new Set<string>();
  for (const [, comment = "", name = ""] of declarations.matchAll(DECLARATION)) {
    if (comment.includes("@deprecated")) deprecated.add(name);
  }
  assert.ok(deprecated.has("messaging.system"), "the list is read");
  const used = [...METRIC_NAMES, ...Object.keys(METRIC_ATTRIBUTES)];
  assert.deepEqual(
    used.filter((name) => deprecated.has(name)),
    [],
  );
});
