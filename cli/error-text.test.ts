/** The printed text of an error says each fact once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError, rangeError } from "../core/errors.js";
import { errorText } from "./error-text.js";

test("what the message says already is not repeated", () => {
  assert.equal(
    errorText(rangeError("clip.frame_rate", 500, { minimum: 1, maximum: 120 })),
    "PARAMETER_OUT_OF_RANGE: clip.frame_rate is 500; it must be 1 to 120",
  );
  const loop = new DepthmeshError("PARAMETER_UNKNOWN", "camera.loop must be loop or once", {
    metadata: { field: "camera.loop", actual: "no", known: "loop once" },
  });
  assert.equal(errorText(loop), "PARAMETER_UNKNOWN: camera.loop must be loop or once (actual=no)");
});

test("a fact is kept whose words are only a part of other words in the message", () => {
  const error = new DepthmeshError("JOB_NOT_FOUND", "job 120 is not there.", {
    metadata: { job: "12", place: "there" },
  });
  assert.equal(errorText(error), "JOB_NOT_FOUND: job 120 is not there. (job=12)");
});

test("every field that is wrong is told, and none twice", () => {
  const violations = [
    { field: "clip.width", description: "clip.width is 1; it must be 64 to 4096", reason: "" },
    { field: "camera.preset", description: "there is no such preset (actual=jump)", reason: "" },
  ];
  const metadata = { field: "clip.width" };
  const message = "clip.width is 1; it must be 64 to 4096 (and 1 more problem)";
  assert.equal(
    errorText(new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata, violations })),
    `PARAMETER_OUT_OF_RANGE: ${message}
  camera.preset: there is no such preset (actual=jump)`,
  );
  const [, second] = violations;
  const inList = { field: "outputs[1].crf", description: "outputs.crf is 99", reason: "" };
  const listed = { metadata, violations: [inList, ...(second ? [second] : [])] };
  assert.equal(
    errorText(new DepthmeshError("PARAMETER_OUT_OF_RANGE", "outputs.crf is 99", listed)).split(
      "\n",
    )[1],
    "  outputs[1].crf: outputs.crf is 99",
  );
});

test("an error says what its reader can do with this command", () => {
  const left = new DepthmeshError("QUOTA_EXCEEDED", "no job is left", {
    retryDelayMs: 90_000,
  });
  assert.equal(errorText(left), "QUOTA_EXCEEDED: no job is left\n  again in 90 s at the earliest");
  const missing = new DepthmeshError("CREDENTIALS_MISSING", "the call shows no credentials");
  assert.match(errorText(missing), /credentials\n {2}set DEPTHMESH_KEY to your key/);
  const why = "the server cannot be reached: self-signed certificate in certificate chain";
  const unknownAuthority = new DepthmeshError("SERVICE_UNAVAILABLE", why);
  assert.match(errorText(unknownAuthority), /chain\n {2}pass --ca FILE/);
  const told = "it encrypts: pass --ca FILE with the authority of its certificate";
  assert.doesNotMatch(errorText(new DepthmeshError("SERVICE_UNAVAILABLE", told)), /\n/);
});
