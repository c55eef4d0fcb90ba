/** Reading settings from environment variables. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  childEnvironment,
  integer,
  readSettings,
  setEnvironmentVariable,
  text,
  unknownVariables,
} from "./config.js";

test("wrong settings are all named at once, with value and meaning", () => {
  const settings = {
    port: integer("X_PORT", 80, [1, 100], "a port"),
    size: integer("X_SIZE", 5, [1, 9], "a size"),
    name: text("X_NAME", "anna", "a name"),
  };
  assert.deepEqual(readSettings(settings, { X_SIZE: "" }), { port: 80, size: 5, name: "anna" });
  assert.throws(
    () => readSettings(settings, { X_PORT: "101", X_SIZE: "two" }),
    /X_PORT is "101", but must be an integer from 1 to 100: a port.*X_SIZE is "two".*a size/s,
  );
});

test("a setting that was renamed is still read by its former name, which its error then names", () => {
  const size = { ...integer("X_SIZE", 5, [1, 9], "a size"), formerVariable: "X_OLD" };
  assert.equal(readSettings({ size }, {}).size, 5);
  assert.equal(readSettings({ size }, { X_OLD: "7" }).size, 7);
  assert.equal(readSettings({ size }, { X_OLD: "7", X_SIZE: "3" }).size, 3);
  assert.throws(() => readSettings({ size }, { X_OLD: "70" }), /X_OLD is "70".*a size/);
});

test("a variable of the prefix that nothing reads is named", () => {
  const environment = {
    DEPTHMESH_PORT: "1",
    DEPTHMESH_PROT: "2",
    HOME: "/",
    DEPTHMESH_UPKEEP_MS: "5",
  };
  assert.deepEqual(unknownVariables(environment), ["DEPTHMESH_PROT"]);
});

test("a process that this one starts inherits its settings, and not the key of its caller", () => {
  setEnvironmentVariable("DEPTHMESH_KEY", "secret");
  setEnvironmentVariable("DEPTHMESH_LOG", "warn");
  const child = childEnvironment({ X: "1" });
  assert.deepEqual([child.DEPTHMESH_KEY, child.DEPTHMESH_LOG, child.X], [undefined, "warn", "1"]);
  assert.equal(childEnvironment({ DEPTHMESH_KEY: "other" }).DEPTHMESH_KEY, "other");
});
