/**
 * Error flags of the GL driver become errors: of one command, of memory, or of the whole context.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ContextLostError, checkErrors, OutOfMemoryError } from "./driver.js";

/** A context with these error flags. */
function contextWith(...flags: number[]) {
  return { NO_ERROR: 0 as const, getError: () => flags.shift() ?? 0 };
}

test("without an error flag nothing is thrown", () => {
  checkErrors(contextWith(), "draw");
});

test("an error of one command names it and leaves no flag behind", () => {
  const gl = contextWith(0x0501, 0x0502);
  assert.throws(() => checkErrors(gl, "open"), /0x501, 0x502 at open/);
  checkErrors(gl, "open");
});

test("no memory has an error class of its own", () => {
  assert.throws(() => checkErrors(contextWith(0x0505), "open"), OutOfMemoryError);
});

test("a lost context is recognized beside other flags, even when it reports errors endlessly", () => {
  assert.throws(() => checkErrors(contextWith(0x0505, 0x0507), "draw"), ContextLostError);
  const endless = { NO_ERROR: 0 as const, getError: () => 0x0507 };
  assert.throws(() => checkErrors(endless, "draw"), ContextLostError);
});
