import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Command } from "commander";
import { DepthmeshError } from "../core/errors.js";
import { setEnvironmentVariable } from "../kit/config.js";
import { callerKey, type KeyOptions, openKeyWarning, withKeyFile } from "./caller-key.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-key-"));
after(() => {
  setEnvironmentVariable("DEPTHMESH_KEY", "");
  rmSync(folder, { recursive: true, force: true });
});

function keyFile(content: string): string {
  const path = join(folder, "key");
  writeFileSync(path, content);
  return path;
}

test("the key comes from the file, else from the environment, else there is none", () => {
  assert.equal(callerKey({}), undefined);
  setEnvironmentVariable("DEPTHMESH_KEY", " from-the-environment\n");
  assert.equal(callerKey({}), "from-the-environment");
  assert.equal(callerKey({ keyFile: keyFile("from-the-file\n") }), "from-the-file");
});

test("what is no key is refused without being quoted", () => {
  const secret = "se cret";
  for (const content of [secret, `${secret}\nmore`, "", "\u0000", "ä", "x".repeat(16_385)]) {
    assert.throws(
      () => callerKey({ keyFile: keyFile(content) }),
      (error) =>
        error instanceof DepthmeshError &&
        error.reason === "PARAMETER_OUT_OF_RANGE" &&
        (content === "" || !error.message.includes(content)),
    );
  }
  assert.throws(() => callerKey({ keyFile: join(folder, "missing") }), {
    reason: "FILE_NOT_FOUND",
  });
});

test("no option takes the key itself, and the help does not show the one that is set", () => {
  setEnvironmentVariable("DEPTHMESH_KEY", "dm_very_secret");
  const command = withKeyFile(new Command("x")).action(() => {});
  command.exitOverride().configureOutput({ writeErr: () => {} });
  assert.throws(
    () => command.parse(["--key", "dm_very_secret"], { from: "user" }),
    /unknown option/,
  );
  assert.ok(!command.helpInformation().includes("dm_very_secret"));
  assert.equal(command.parse([], { from: "user" }).opts<KeyOptions>().keyFile, undefined);
});

test("a key that would travel readable for others causes a warning without the key", () => {
  const key = "dm_very_secret";
  for (const address of ["10.0.0.1:7410", "gateway.example:7410", "[fd00::1]:7410"]) {
    const warning = openKeyWarning(address, { key });
    assert.ok(warning?.includes(address) && !warning.includes(key), warning);
    assert.equal(openKeyWarning(address, {}), undefined);
    assert.equal(openKeyWarning(address, { key, tls: {} }), undefined);
  }
  for (const address of ["127.0.0.1:7410", "localhost:7410", "[::1]:7410"]) {
    assert.equal(openKeyWarning(address, { key }), undefined, address);
  }
});
