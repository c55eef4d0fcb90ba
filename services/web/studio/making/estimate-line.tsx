/** The cost of the job that the button would ask for, asked anew when the request changes. */
import { useEffect, useState } from "preact/hooks";
import type { EstimateJobResponseJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { callJson, type Problem, ProblemError } from "../api/http.js";
import { estimateRequest, estimateText } from "./estimate.js";
import type { PhotoToMake } from "./job-request.js";
import { ProblemBox } from "./problem-box.js";

/** A slider that moves asks once it rests. */
const REST_MS = 300;

export interface EstimateLineProps {
  readonly photo: PhotoToMake;
  readonly spec: JobSpecJson;
}

export function EstimateLine({ photo, spec }: EstimateLineProps) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const request = JSON.stringify(estimateRequest(photo, spec));
  useEffect(() => {
    const asking = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const call = { method: "POST", body: JSON.parse(request), signal: asking.signal } as const;
        setText(estimateText(await callJson<EstimateJobResponseJson>("v1/estimates", call)));
        setProblem(undefined);
      } catch (error) {
        if (asking.signal.aborted) return;
        setText("");
        if (error instanceof ProblemError) setProblem(error.problem);
      }
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [request]);
  return problem ? <ProblemBox problem={problem} /> : <p class="quiet estimate">{text}</p>;
}
