/** The trace of a job: asked for, renewed while the job runs, and drawn. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import type { JobTraceJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";
import { callJson } from "../api/http.js";
import { type Trouble, troubleOf } from "../errors/trouble.js";
import { TroubleBox } from "../errors/trouble-box.js";
import { isRunning } from "../jobs/job-state.js";
import { pollWhileVisible, type VisiblePoll } from "../poll/visible-poll.js";
import { STRINGS } from "../strings.js";
import { type JobTrace, jobTrace } from "./job-trace.js";
import { Waterfall } from "./waterfall.js";
import "./trace.css";

/** The outermost spans are written shortly after the job's end. */
const LAST_SPANS_MS = 5_000;
const PACE = { shortestMs: 2_000, runningMs: 5_000, longestMs: 60_000 };

export function TraceSection({ job }: { job: JobJson }) {
  const { name = "", updateTime = "", lastEvent = 0 } = job;
  const trace = useSignal<JobTrace | undefined>(undefined);
  const trouble = useSignal<Trouble | undefined>(undefined);
  const again = useSignal<VisiblePoll | undefined>(undefined);
  const running = isRunning(job);

  useEffect(() => {
    const poll = pollWhileVisible(async (signal) => {
      try {
        const before = trace.value?.spans.length;
        trace.value = jobTrace(await callJson<JobTraceJson>(`/v1/${name}/trace`, { signal }));
        trouble.value = undefined;
        const isFresh = running || Date.now() - Date.parse(updateTime) < LAST_SPANS_MS;
        if (!isFresh) poll.stop();
        return before === trace.value.spans.length ? "running" : "change";
      } catch (error) {
        if (!signal.aborted) trouble.value = troubleOf(error);
        return "error";
      }
    }, PACE);
    again.value = poll;
    return poll.stop;
  }, [name, lastEvent, running]);

  return (
    <section aria-labelledby="trace-title">
      <h3 id="trace-title">{STRINGS.trace.title}</h3>
      {trouble.value && <TroubleBox trouble={trouble.value} onAgain={() => again.value?.soon()} />}
      {!trace.value && !trouble.value && <p class="quiet">{STRINGS.trace.loading}</p>}
      {trace.value && <TraceView trace={trace.value} isRunning={running} />}
    </section>
  );
}

function TraceView({ trace, isRunning: running }: { trace: JobTrace; isRunning: boolean }) {
  const { spans, missing, isTruncated } = trace;
  return (
    <>
      {missing.length > 0 && <p class="notice warm">{STRINGS.trace.missing(missing.join(", "))}</p>}
      {isTruncated && <p class="notice warm">{STRINGS.trace.truncated}</p>}
      {spans.length > 0 ? (
        <Waterfall spans={spans} isRunning={running} />
      ) : (
        <p class="empty">{running ? STRINGS.trace.noneYet : STRINGS.trace.none}</p>
      )}
    </>
  );
}
