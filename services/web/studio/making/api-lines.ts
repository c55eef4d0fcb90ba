/** The request of a job as calls of the two APIs to copy. */
import type { CreateJobHeaderJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { jobHeader, labelOf, type PhotoToMake, specToMake } from "./job-request.js";
import { asFile, quoted } from "./shell-words.js";

const METHOD = "depthmesh.v1.JobService/CreateJob";
/** Where a gateway that was started without options listens; a page does not learn the real one. */
const USUAL_GATEWAY = "localhost:7410";

/** The first message of JobService.CreateJob, for a photo that is uploaded already. */
export function createJobRequest(photo: PhotoToMake, spec: JobSpecJson) {
  const { requestId: _, ...header } = jobHeader(photo, spec, "");
  return { header };
}

/** How both programs show the key that the command reads too. */
const KEY_OPTION = ' -H "authorization: Bearer $DEPTHMESH_KEY"';

/** A call of grpcurl. `hasKey`: callers of this mesh show who they are. */
export function grpcurlLine(photo: PhotoToMake, spec: JobSpecJson, hasKey = false): string {
  const request = JSON.stringify(createJobRequest(photo, spec));
  return lines([
    `grpcurl -plaintext${hasKey ? KEY_OPTION : ""}`,
    `-d ${quoted(request)}`,
    `${USUAL_GATEWAY} ${METHOD}`,
  ]);
}

/** A call of curl that sends the photo with the request. `base` is the address of the page. */
export function curlLine(
  fileName: string,
  spec: JobSpecJson,
  base: string,
  hasKey = false,
): string {
  const header: CreateJobHeaderJson = {
    spec: specToMake(spec),
    labels: { photo: labelOf(fileName) },
  };
  return lines([
    `curl${hasKey ? KEY_OPTION : ""}`,
    // Not -F, which reads `;` and `<` in the text in its own way.
    `--form-string ${quoted(`header=${JSON.stringify(header)}`)}`,
    `-F ${quoted(`photo=@${formFile(fileName)}`)}`,
    quoted(new URL("v1/jobs", base).href),
  ]);
}

/** curl takes a name with `,` or `;` in quotes only. */
function formFile(fileName: string): string {
  const escaped = asFile(fileName).replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return /[,;"\\]/.test(fileName) ? `"${escaped}"` : escaped;
}

function lines(parts: readonly string[]): string {
  return parts.join(" \\\n  ");
}
