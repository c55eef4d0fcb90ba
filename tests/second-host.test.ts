/**
 * A worker on another host, by docs/operate.md alone: the commands of its section "Add a host" are
 * read from the page and run in two network namespaces.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";
import { eventually } from "../testing/eventually.js";
import { TwoHosts, untilLine, whyNoHosts } from "../testing/network/two-hosts.js";

const impossible = whyNoHosts();
const skip = impossible !== undefined && `network namespaces cannot be had: ${impossible}`;
const root = mkdtempSync(join(tmpdir(), "depthmesh-hosts-"));
const homes = { first: join(root, "first"), second: join(root, "second") };
for (const home of Object.values(homes)) mkdirSync(home, { mode: 0o700 });

/** The commands of the section, of the first and of the second machine. */
function commandsOfPage(): readonly [first: string[], second: string[]] {
  const page = readFileSync(packagePath("docs", "operate.md"), "utf8");
  const section = /^## Add a host\n(.*?)^## /ms.exec(page)?.[1] ?? "";
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = ""]) =>
    text.trim().split("\n"),
  );
  const [first, second, ...others] = blocks;
  assert.ok(first && second && others.length === 0, "a block of commands for each machine");
  return [first, second];
}

const [onFirst, onSecond] = commandsOfPage();
const last = (lines: readonly string[]) => lines.at(-1) ?? "";
const addressIn = (line: string) => /\b192\.0\.2\.\d+\b/.exec(line)?.[0] ?? "";
const hosts = skip
  ? undefined
  : new TwoHosts(
      { name: "first", address: addressIn(last(onFirst)), home: homes.first },
      { name: "second", address: "192.0.2.20", home: homes.second },
    );

after(async () => {
  await hosts?.remove();
  rmSync(root, { recursive: true, force: true });
});

/** A command of the page, in the place of the shell, so that signals reach it. */
const instead = (line: string) => `exec ${line}`;
const PHOTO = packagePath("samples", "coffee.png");
const CONVERT = `depthmesh convert ${PHOTO} --longest-side 320`;

/** Another duration makes another clip, which no cache has. */
async function convertOnFirst(file: string, durationSeconds: number): Promise<void> {
  const made = await hosts?.first.run(`${CONVERT} --duration ${durationSeconds} -o ${file}`);
  assert.equal(made?.code, 0, made?.stderr);
  assert.ok(statSync(join(homes.first, file)).size > 1_000);
}

/** Hosts by service, of the processes that worked on the last job. */
async function hostsOfLastJob(): Promise<ReadonlyMap<string, string>> {
  const listed = await hosts?.first.run("depthmesh jobs ls --json");
  const [job] = JSON.parse(listed?.stdout ?? "[]") as { name: string }[];
  const traced = await hosts?.first.run(`depthmesh trace ${job?.name} --json`);
  const { spans } = JSON.parse(traced?.stdout ?? "{}") as {
    spans: { name: string; service: string; worker: string | null }[];
  };
  const stages = spans.filter(({ name }) => name.startsWith("process "));
  return new Map(stages.map(({ service, worker }) => [service, worker?.split("-")[1] ?? ""]));
}

async function workersOf(): Promise<readonly { service: string; address: string }[]> {
  const listed = await hosts?.first.run("depthmesh workers ls --json");
  const all = JSON.parse(listed?.stdout || "[]") as {
    service: string;
    address: string;
    state: string;
  }[];
  return all.filter(({ state }) => state === "serving");
}

async function stop(child: ChildProcess | undefined): Promise<number | null> {
  if (!child) throw new Error("nothing runs");
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = await exited;
  return code;
}

test("an address that others cannot call is refused, with what to do", { skip }, async () => {
  const line = last(onFirst);
  const wrong = line.replace("192.0.2.10", "0.0.0.0").replace(/ --tls .*/, "");
  const everywhere = await hosts?.first.run(wrong);
  assert.equal(everywhere?.code, 1);
  assert.match(
    everywhere?.stderr ?? "",
    /--listen 0\.0\.0\.0 means every address.*that they reach/,
  );
  const elsewhere = await hosts?.first.run(wrong.replace("0.0.0.0", "192.0.2.20"));
  assert.match(elsewhere?.stderr ?? "", /--listen 192\.0\.2\.20 is no address of this machine/);
});

test("workers of a second machine do the job, by the commands of the page", { skip }, async (t) => {
  for (const line of onFirst.slice(0, -1)) {
    const done = await hosts?.first.run(line);
    assert.equal(done?.code, 0, done?.stderr);
  }
  const first = hosts?.first.start(instead(last(onFirst)));
  if (!first) throw new Error("nothing runs");
  await untilLine(first, "ready ");

  // The page copies with ssh, which a machine of this test has not.
  const [copy = "", ...rest] = onSecond;
  assert.match(copy, /^scp 192\.0\.2\.10:\S+\/join\.json join\.json$/);
  const from = copy.split(" ")[1]?.replace("192.0.2.10:", "") ?? "";
  const source = join(homes.first, from);
  assert.equal(statSync(source).mode & 0o777, 0o600);
  copyFileSync(source, join(homes.second, "join.json"));
  const secrets = JSON.parse(readFileSync(source, "utf8")) as {
    passwords: Record<string, string>;
    token: string;
  };
  for (const line of rest.slice(0, -1)) {
    assert.equal((await hosts?.second.run(line))?.code, 0, line);
  }
  const command = last(rest);

  await t.test("a worker that listens on its loopback only does not join", async () => {
    const refused = await hosts?.second.run(command, { DEPTHMESH_HOST: "127.0.0.1" });
    assert.equal(refused?.code, 1);
    assert.match(
      refused?.stderr ?? "",
      /other hosts cannot call .*it listens on 127\.0\.0\.1.*192\.0\.2\.10.*DEPTHMESH_ADVERTISE_HOST/,
    );
  });

  const second = hosts?.second.start(instead(command));
  if (!second) throw new Error("nothing runs");
  await untilLine(second, "joined ");
  const at = (await workersOf()).map(({ service, address }) => [service, address.split(":")[0]]);
  assert.deepEqual(at, [
    ["gateway", hosts?.first.address],
    ["depth", hosts?.first.address],
    ["render", hosts?.second.address],
    ["encode", hosts?.second.address],
  ]);

  await t.test("no process shows a secret in its arguments", () => {
    const shown = argumentsOf([first, second]);
    assert.match(shown, /nats-server/);
    for (const secret of [secrets.token, ...Object.values(secrets.passwords)]) {
      assert.ok(!shown.includes(secret));
    }
  });

  await convertOnFirst("one.mp4", 0.5);
  const work = [...(await hostsOfLastJob())];
  assert.deepEqual(work.sort(), [
    ["depth", "first"],
    ["encode", "second"],
    ["render", "second"],
  ]);

  await t.test("the workers find the first machine again after it was restarted", async () => {
    assert.equal(await stop(first), 0);
    const again = hosts?.first.start(instead(last(onFirst)));
    if (!again) throw new Error("nothing runs");
    await untilLine(again, "ready ");
    await eventually("all serve", async () => (await workersOf()).length === 4);
    await convertOnFirst("two.mp4", 0.6);
    assert.equal((await hostsOfLastJob()).get("render"), "second");
  });

  assert.equal(await stop(second), 0);
  const left = (await workersOf()).map(({ service }) => service);
  assert.deepEqual(left, ["gateway", "depth"]);
});

/** The command lines of these processes and of all below them. */
function argumentsOf(roots: readonly ChildProcess[]): string {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    const parent = /^PPid:\s*(\d+)/m.exec(readProc(name, "status"))?.[1];
    parents.set(Number(name), Number(parent));
  }
  const known = new Set(roots.map(({ pid }) => pid));
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (known.has(pid) || isBelow(parents.get(pid)));
  const below = [...parents.keys()].filter(isBelow);
  return below.map((pid) => readProc(String(pid), "cmdline")).join("\n");
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(join("/proc", pid, file), "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
