/**
 * Packages from a registry that fails for some of them: what is not whole is not stamped, whatever
 * npm says, and the next run mends it.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";

const root = mkdtempSync(join(tmpdir(), "install-"));
/** Names of the packages that the registry does not give. */
const failing = new Set<string>();
const tarballs = new Map<string, Buffer>();
const registry = createServer((request, response) => {
  const name = request.url?.slice(1).replace(/\.tgz$/, "") ?? "";
  const tarball = failing.has(name) ? undefined : tarballs.get(name);
  response.writeHead(tarball ? 200 : 404).end(tarball);
});
registry.listen(0, "127.0.0.1");
await once(registry, "listening");
const origin = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;

after(() => {
  registry.close();
  rmSync(root, { recursive: true, force: true });
});

/** What the lock says of a package of this name, which the registry has from now on. */
function publish(name: string, more: object = {}) {
  const folder = join(root, "made", name, "package");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "1.0.0", ...more }));
  const tarball = execFileSync("tar", ["-czC", join(root, "made", name), "package"]);
  tarballs.set(name, tarball);
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  return { version: "1.0.0", resolved: `${origin}/${name}.tgz`, integrity, ...more };
}

const folder = join(root, "project");
mkdirSync(folder);
const dependencies = { plain: "1.0.0" };
const optionalDependencies = { "of-this": "1.0.0", "of-another": "1.0.0", luxury: "1.0.0" };
const own = { name: "project", version: "1.0.0", dependencies, optionalDependencies };
const lock = {
  ...{ name: "project", version: "1.0.0", lockfileVersion: 3, requires: true },
  packages: {
    "": own,
    "node_modules/plain": publish("plain"),
    // As the programs of esbuild and sharp are: optional, because each is for one platform.
    "node_modules/of-this": { ...publish("of-this", { os: [process.platform] }), optional: true },
    "node_modules/of-another": { ...publish("of-another", { os: ["aix"] }), optional: true },
    "node_modules/luxury": { ...publish("luxury"), optional: true },
  },
};
writeFileSync(join(folder, "package.json"), JSON.stringify(own));
writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
const stamp = join(folder, "node_modules", ".setup-stamp");

function install(): Promise<{ code: number; words: string }> {
  const env = {
    ...process.env,
    ...{ npm_config_registry: origin, npm_config_fetch_retries: "0" },
    // What an earlier run has fetched must not stand in for the registry.
    npm_config_cache: mkdtempSync(join(root, "cache-")),
  };
  return new Promise((resolve) => {
    const command = packagePath("scripts", "install-packages");
    execFile(command, { cwd: folder, env, timeout: 120_000 }, (error, _stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, words: stderr }),
    );
  });
}

test("a package of this platform that npm left out is named, and nothing is stamped", async () => {
  failing.add("of-this");
  const { code, words } = await install();
  assert.equal(code, 1);
  assert.match(readFileSync(join(folder, ".setup", "npm.log"), "utf8"), /added|up to date/);
  assert.match(words, /^of-this 1\.0\.0$/m);
  assert.match(words, /although it reported success/);
  assert.doesNotMatch(words, /plain|luxury|of-another/);
  assert.ok(!existsSync(stamp));
});

test("a package that npm itself misses ends it too", async () => {
  failing.add("plain");
  const { code, words } = await install();
  assert.deepEqual([code, existsSync(stamp)], [1, false]);
  assert.match(words, /npm ci failed/);
});

test("the next run mends it; what is optional on every platform may be missing", async () => {
  failing.clear();
  failing.add("luxury");
  const { code, words } = await install();
  assert.equal(code, 0, words);
  assert.ok(existsSync(stamp));
  // A whole folder is left alone.
  assert.deepEqual(await install(), { code: 0, words: "" });
});

test("a stamped folder that has lost a package is mended", async () => {
  const lost = join(folder, "node_modules", "of-this");
  rmSync(lost, { recursive: true });
  const { code, words } = await install();
  assert.equal(code, 0, words);
  assert.match(words, /no longer whole: of-this 1\.0\.0/);
  assert.ok(existsSync(join(lost, "package.json")));
});
