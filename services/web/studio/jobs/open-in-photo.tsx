/** The way from a job back to its photo, as long as the server keeps what was sent. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import type { UploadJson } from "../../../../proto/gen/json/depthmesh/v1/upload_service_pb.js";
import { callJson } from "../api/http.js";
import { openUpload } from "../photo/open-photo.js";
import { catalogue } from "../state/catalogue.js";
import { currentJob } from "../state/job.js";
import { currentSpec } from "../state/spec.js";
import { STRINGS } from "../strings.js";
import { jobTitle } from "./job-state.js";
import { specToOpen } from "./spec-to-open.js";

const UPLOAD = /^uploads\/[\w-]+$/;

/** The upload that the studio has noted in a label of its job. */
export function OpenInPhoto({ job }: { job: JobJson }) {
  const label = job.labels?.upload ?? "";
  const upload = useSignal<UploadJson | undefined>(undefined);
  useEffect(() => {
    upload.value = undefined;
    if (!UPLOAD.test(label)) return;
    const asking = new AbortController();
    callJson<UploadJson>(`/v1/${label}`, { signal: asking.signal }).then(
      (answer) => {
        upload.value = answer;
      },
      // It has expired: then there is nothing to open.
      () => {},
    );
    return () => asking.abort();
  }, [label]);
  const rows = catalogue.value?.parameters;
  if (!upload.value?.finished || !rows) return null;
  const open = () => {
    currentSpec.value = specToOpen(job.spec ?? {}, rows);
    currentJob.value = undefined;
    location.hash = "#/photo";
    const sizeBytes = Number(upload.value?.sizeBytes ?? 0);
    void openUpload({ fileName: jobTitle(job), sizeBytes, upload: label });
  };
  return (
    <button type="button" class="button" onClick={open}>
      {STRINGS.job.openInPhoto}
    </button>
  );
}
