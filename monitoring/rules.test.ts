/**
 * The rules as Prometheus' own tool reads them, and the pages of the alerts. That their queries
 * have data in a mesh is asked of a real Prometheus by tests/metrics.test.ts.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";
import { ALERT_NAMES, ALERTS, runbookOf } from "./alerts/alerts.js";

const folder = packagePath("deploy", "prometheus");
const skip =
  spawnSync("promtool", ["--version"]).status === 0
    ? false
    : "promtool is not installed (scripts/setup --servers)";

function promtool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: folder });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return String(stdout);
}

test("promtool finds nothing wrong with the rules", { skip }, () => {
  const found = /SUCCESS: (\d+) rules found/.exec(
    promtool("check", "rules", "--lint=all", "--lint-fatal", "depthmesh.rules.yml"),
  );
  assert.ok(Number(found?.[1]) > ALERT_NAMES.length, "alerts and recorded queries");
});

test("each alert is silent, fires and is over when it should be", { skip }, () => {
  promtool("test", "rules", "depthmesh.test.yml");
  const tests = readFileSync(packagePath("deploy/prometheus/depthmesh.test.yml"), "utf8");
  for (const name of ALERT_NAMES) {
    const { silentAt, firingAt, overAt, labels } = ALERTS[name].test;
    assert.ok(silentAt < firingAt && firingAt < overAt && labels.length > 0, name);
    assert.ok(tests.includes(`- name: ${name}\n`), name);
  }
});

test("promtool finds nothing wrong with the configuration", { skip }, () => {
  promtool("check", "config", "--lint=all", "prometheus.yml");
});

test("each alert has its page, and each page its alert", () => {
  const pages = readdirSync(packagePath("docs", "runbooks")).filter((page) => page !== "README.md");
  assert.deepEqual(pages.sort(), ALERT_NAMES.map((name) => `${name}.md`).sort());
  const index = readFileSync(packagePath("docs", "runbooks", "README.md"), "utf8");
  for (const name of ALERT_NAMES) {
    const page = readFileSync(packagePath("docs", runbookOf(name)), "utf8");
    assert.ok(page.startsWith(`# ${name}\n`), name);
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    assert.deepEqual(
      headings,
      ["What it means", "What users see", "How to look", "What to do", "When to escalate"],
      name,
    );
    assert.match(page, /## How to look\n[^#]*```sh\n/, `${name} says which commands`);
    assert.ok(index.includes(`(${name}.md)`), `${name} is in the list`);
  }
});

test("the commands of the pages exist", () => {
  const commands = readFileSync(packagePath("docs", "commands.md"), "utf8");
  const known = [...commands.matchAll(/^##+ `(depthmesh [a-z -]+?)(?: [<[].*)?`$/gm)].map(
    ([, command = ""]) => command,
  );
  for (const name of ALERT_NAMES) {
    const page = readFileSync(packagePath("docs", runbookOf(name)), "utf8");
    for (const [, words = ""] of page.matchAll(/(?:^|`)depthmesh ([a-z]+(?: [a-z]+)?)/gm)) {
      assert.ok(known.includes(`depthmesh ${words}`), `${name}: depthmesh ${words}`);
    }
  }
});
