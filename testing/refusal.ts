/** Expects that work fails with a DepthmeshError, and returns that error. */
import assert from "node:assert/strict";
import { DepthmeshError } from "../core/errors.js";

export async function refusal(work: Promise<unknown>): Promise<DepthmeshError> {
  const error = await work.then(
    () => assert.fail("it was accepted"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DepthmeshError, String(error));
  return error;
}
