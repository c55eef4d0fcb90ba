/** The list against the protocol and the table of reasons: what no case does, it says why. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { REASONS } from "../../core/error-reasons.js";
import { readCaseList } from "./case-list.js";
import { OPERATION_METHODS } from "./operation-methods.js";
import { methodOf, publicMethods } from "./ts/messages.js";

/** Reasons that no call of a client provokes in a healthy mesh on one machine, each with why. */
const NOT_PROVOKED: Readonly<Record<string, string>> = {
  CODEC_UNAVAILABLE: "the encode worker of the cases has every codec",
  OUTPUT_TOO_LARGE: "takes an output of many gigabytes",
  FILE_NOT_FOUND: "of the command: no call has it",
  MODEL_FILE_NOT_FOUND: "of `models pull`",
  MODEL_SOURCE_LOST: "of `models pull`",
  MODEL_CORRUPT: "takes a damaged model file (tests/job-models.test.ts)",
  MODEL_LICENCE_FORBIDDEN: "no known model is forbidden that is installed here",
  MODEL_NOT_INSTALLED: "takes a mesh with models (tests/job-models.test.ts)",
  JOB_RECORD_UNREADABLE: "takes a damaged record (tests/read-bucket.test.ts)",
  BLOB_NOT_FOUND: "takes a lost blob (tests/retry.test.ts)",
  BLOB_CORRUPT: "takes a damaged disk (tests/bit-rot.test.ts)",
  LEASE_LOST: "between workers",
  PULL_SUPERSEDED: "between workers",
  CATALOGUE_UNAVAILABLE: "takes a database that is away (services/gateway/catalogue)",
  STORAGE_FULL: "takes a full disk",
  STORAGE_UNAVAILABLE: "takes a disk that fails",
  GPU_OUT_OF_MEMORY: "takes a GPU",
  OUT_OF_MEMORY: "takes a machine without memory",
  INFERENCE_FAILED: "takes a model that fails (tests/job-models.test.ts)",
  RENDERER_LOST: "retried inside (tests/renderer-loss.test.ts)",
  ENCODER_CRASHED: "retried inside (tests/encode-faults.test.ts)",
  FRAME_SOURCE_LOST: "retried inside (chaos/)",
  RENDERER_UNREACHABLE: "takes a wrong setting (tests/unreachable-renderer.test.ts)",
  FRAMES_NOT_LOCAL: "takes workers on two machines (tests/frames-ways.test.ts)",
  WORKER_LOST: "retried inside (chaos/)",
  STAGE_STALLED: "retried inside (tests/hung-parts.test.ts)",
  CODEC_ELSEWHERE: "retried inside (tests/encoder-availability.test.ts)",
  CALLER_GONE: "nobody is left to hear it",
  POISONED: "takes a stage that crashes five times (tests/dead-letters.test.ts)",
  METHOD_UNKNOWN: "a client has no method that the server does not know",
  ORIGIN_FORBIDDEN: "of HTTP only (services/web/guards/strangers.test.ts)",
  SERVICE_UNKNOWN: "of the health service, which clients do not call",
  INTERNAL: "a defect",
};

const { cases } = readCaseList();
const steps = cases.flatMap((each) => each.steps);

test("every public method is called by a case", () => {
  const called = new Set(
    steps.flatMap((step) => {
      const operation = "do" in step ? step.do : "start" in step ? step.start : undefined;
      if (operation === undefined || !("with" in step || "do" in step)) return [];
      const method = step.with?.method;
      if (operation === "messages") return [methodOf(String(method)).name];
      return OPERATION_METHODS[operation] ?? [methodOf(operation).name];
    }),
  );
  assert.deepEqual(
    publicMethods().filter((name) => !called.has(name)),
    [],
  );
});

test("every reason is provoked by a case, or it is known why not", () => {
  // As a reason that a step expects, or as one inside of what it expects.
  const text = JSON.stringify(cases);
  const provoked = Object.keys(REASONS).filter((reason) => text.includes(`"${reason}"`));
  assert.deepEqual(
    Object.keys(REASONS).filter(
      (reason) => !provoked.includes(reason) && !(reason in NOT_PROVOKED),
    ),
    [],
    "no case provokes them",
  );
  assert.deepEqual(
    provoked.filter((reason) => reason in NOT_PROVOKED),
    [],
    "a case provokes them",
  );
});

test("no case is pending", () => {
  assert.deepEqual(
    cases.filter(({ pending }) => pending !== undefined).map(({ name }) => name),
    [],
  );
});
