/**
 * Whatever keeps a mesh from starting: `depthmesh up` ends at once with one error in plain words
 * that says what is wrong and what to do, without a stack.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";
import { newApiKey } from "../kit/rpc/api-key.js";

const folder = mkdtempSync(join(tmpdir(), "start-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const DATA = join(folder, "data");
/** Far more than any of these errors takes. */
const LIMIT_MS = 60_000;

/** The words of `depthmesh up` when it fails. */
function wordsOf(args: readonly string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, XDG_RUNTIME_DIR: folder, ...environment };
  const command = [packagePath("bin", "depthmesh"), "up", "--port", "0", ...args];
  const options = { env, timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
  return new Promise<string>((resolve, reject) => {
    execFile(process.execPath, command, options, (error, _stdout, stderr) => {
      if (error?.code === 1) resolve(stderr);
      else reject(new Error(`ended with ${error?.code} ${error?.signal}: ${stderr}`));
    });
  });
}

const WRONG_HASH = { DEPTHMESH_OPERATOR_KEY_SHA256: newApiKey().key };

const cases: readonly [what: string, () => Promise<string>, words: readonly RegExp[]][] = [
  [
    "a data folder that cannot be made",
    () => wordsOf(["--data", "/proc/none"]),
    [/data folder \/proc\/none cannot be used/, /--data/],
  ],
  [
    "a data folder below a file",
    () => wordsOf(["--data", "/etc/passwd/data"]),
    [/cannot be used/, /--data/],
  ],
  [
    "a wrong setting",
    () => wordsOf(["--data", DATA], { DEPTHMESH_MAX_PIXELS: "many" }),
    [/gateway/, /DEPTHMESH_MAX_PIXELS is "many", but must be an integer/],
  ],
  [
    "a log level that does not exist",
    () => wordsOf(["--data", DATA], { DEPTHMESH_LOG: "loud" }),
    [/DEPTHMESH_LOG is "loud", but must be one of .*debug/],
  ],
  [
    "an address that others reach, while nobody is asked who they are,",
    () => wordsOf(["--data", DATA], { DEPTHMESH_HOST: "0.0.0.0" }),
    [/0\.0\.0\.0/, /DEPTHMESH_IDENTITY=on/, /DEPTHMESH_IDENTITY=off/],
  ],
  [
    "an operator's key in the place of its hash",
    () => wordsOf(["--data", DATA], { DEPTHMESH_IDENTITY: "on", ...WRONG_HASH }),
    [/^(?!.*dm_)/s, /must be the SHA-256 of a key/, /depthmesh keys create --offline/],
  ],
  [
    "programs that are not installed",
    () => {
      // Only what starts the command itself.
      const bin = join(folder, "bin");
      mkdirSync(bin);
      symlinkSync(process.execPath, join(bin, "node"));
      return wordsOf(["--data", DATA], { PATH: bin, DISPLAY: "" });
    },
    [/nats-server, .*ffmpeg/, /apt-get install nats-server/, /depthmesh doctor/],
  ],
  [
    "a port that is in use",
    async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const address = server.address();
      assert.ok(address && typeof address === "object");
      try {
        return await wordsOf(["--data", DATA, "--port", String(address.port)]);
      } finally {
        server.close();
      }
    },
    [/port \d+ of 127\.0\.0\.1 is in use/, /--port/],
  ],
];

for (const [what, run, patterns] of cases) {
  test(`${what} ends the start with its reason and a way out`, async () => {
    const words = await run();
    assert.match(words, /^error: [^\n]*\n/m);
    for (const pattern of patterns) assert.match(words, pattern);
    assert.doesNotMatch(words, /\n\s+at /, "no stack");
    assert.doesNotMatch(words, new RegExp(dirname(packagePath("dist"))), "no path of the package");
  });
}

test("doctor finds a misspelled setting and a runtime folder that others can write", async () => {
  const runtime = join(folder, "runtime");
  mkdirSync(join(runtime, "depthmesh"), { recursive: true });
  chmodSync(join(runtime, "depthmesh"), 0o777);
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime, DEPTHMESH_PROT: "1" };
  const command = [packagePath("bin", "depthmesh"), "doctor", "--json"];
  const stdout = await new Promise<string>((resolve) => {
    const options = { env, timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, command, options, (_error, output) => resolve(output));
  });
  const findings = JSON.parse(stdout) as { name: string; ok: boolean; found: string }[];
  const wrong = new Map(findings.filter(({ ok }) => !ok).map(({ name, found }) => [name, found]));
  assert.deepEqual([...wrong.keys()], ["settings", "mesh"], stdout);
  assert.match(wrong.get("settings") ?? "", /DEPTHMESH_PROT/);
  assert.match(wrong.get("mesh") ?? "", /other users/);
});
