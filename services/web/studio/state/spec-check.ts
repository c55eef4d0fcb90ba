/**
 * What the server says about the specification as it stands: what is wrong with it, or what a job
 * of it would make, and how long that takes.
 */
import { effect, signal } from "@preact/signals";
import type { EstimateJobResponseJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { callJson, ProblemError } from "../api/http.js";
import { specToMake } from "../making/job-request.js";
import { NO_VIOLATIONS, type ReadViolations, readViolations } from "../spec/violations.js";
import { catalogue } from "./catalogue.js";
import { currentPhoto } from "./photo.js";
import { currentSpec } from "./spec.js";

export interface SpecCheck {
  readonly violations: ReadViolations;
  /** Undefined until the server has answered, and while it would refuse the job. */
  readonly estimate: EstimateJobResponseJson | undefined;
}

export const specCheck = signal<SpecCheck>({ violations: NO_VIOLATIONS, estimate: undefined });

/** While somebody drags a slider, only the value that it rests on is asked about. */
const SETTLED_MS = 250;
const REFUSED: ReadonlySet<number> = new Set([400, 404, 409, 422]);

/**
 * Asks whenever the specification or the photo's size has changed. Runs until the page is closed.
 */
export function followSpec(): void {
  effect(() => {
    const spec = currentSpec.value;
    const scene = currentPhoto.value?.scene;
    if (!catalogue.value) return;
    const asking = new AbortController();
    const { width: photoWidth = 0, height: photoHeight = 0 } = scene ?? {};
    const timer = setTimeout(() => {
      void ask({ spec: specToMake(spec), photoWidth, photoHeight }, asking.signal);
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  });
}

interface Question {
  readonly spec: JobSpecJson;
  readonly photoWidth: number;
  readonly photoHeight: number;
}

async function ask(body: Question, signal: AbortSignal): Promise<void> {
  try {
    const call = { method: "POST", body, signal } as const;
    const estimate = await callJson<EstimateJobResponseJson>("/v1/estimates", call);
    specCheck.value = { violations: NO_VIOLATIONS, estimate };
  } catch (error) {
    if (signal.aborted || !(error instanceof ProblemError)) return;
    const { problem } = error;
    if (!REFUSED.has(problem.status)) return;
    specCheck.value = { violations: readViolations(problem, isShown), estimate: undefined };
  }
}

/** Whether a control of the page stands for the field; those of lists have an index. */
function isShown(field: string): boolean {
  if (/^outputs\[\d+\]/.test(field)) return true;
  return (
    field === "camera.preset" ||
    field === "model" ||
    (catalogue.peek()?.parameters.some(({ name }) => name === field) ?? false)
  );
}
