/** The page `#/jobs/ID`: everything about one job. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { troubleOfStatus } from "../errors/trouble.js";
import { TroubleBox } from "../errors/trouble-box.js";
import { STRINGS } from "../strings.js";
import { TraceSection } from "../trace/trace-section.js";
import { ConfirmDialog } from "../widgets/confirm-dialog.js";
import { forgetOld, question, refusals, said } from "./do-action.js";
import { followOneJob } from "./follow-one-job.js";
import { JobActions } from "./job-actions-bar.js";
import { JobFiles } from "./job-files.js";
import { JobHead, JobNotes } from "./job-head.js";
import { JobHistory } from "./job-history-list.js";
import { JobReports } from "./job-reports.js";
import { jobTitle } from "./job-state.js";
import "./job-page.css";
import "./jobs.css";

/** `id` is the job's, without `jobs/`. */
export function JobPage({ id }: { id: string }) {
  const followed = useMemo(() => followOneJob(`jobs/${id}`), [id]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
    return () => {
      followed.stop();
      forgetOld();
    };
  }, [followed]);
  const { job, events, trouble, isConnected } = followed;
  return (
    <section class="page job-page" aria-labelledby="job-title">
      <p>
        <a href="#/jobs">← {STRINGS.job.back}</a>
      </p>
      <h2 id="job-title" ref={heading} tabIndex={-1}>
        {job.value ? jobTitle(job.value) : STRINGS.job.title(id)}
      </h2>
      {trouble.value && <TroubleBox trouble={trouble.value} />}
      {!job.value && !trouble.value && <p class="quiet">{STRINGS.job.loading}</p>}
      {!isConnected.value && <p class="notice warm">{STRINGS.job.disconnected}</p>}
      <p class="said" role="status">
        {said.value}
      </p>
      {refusals.value.map(({ job: { name }, trouble: why }) => (
        <TroubleBox key={name} trouble={why} />
      ))}
      {job.value && (
        <>
          <JobHead job={job.value} />
          <JobActions job={job.value} />
          <JobError job={job.value} />
          <JobNotes job={job.value} />
          <JobHistory events={events.value} />
          <JobFiles job={job.value} />
          <JobReports job={job.value} />
          <TraceSection job={job.value} />
        </>
      )}
      <ConfirmDialog
        question={question.value}
        onClosed={() => {
          question.value = undefined;
        }}
      />
    </section>
  );
}

function JobError({ job: { error } }: { job: JobJson }) {
  return error ? <TroubleBox trouble={troubleOfStatus(error)} /> : null;
}
