/**
 * CreateJob: gives an upload a place, receives and checks it, and accepts it as a job. Convert
 * begins with the same steps.
 */
import type { CallContext } from "../../../kit/rpc/call.js";
import { inJobSpan, SpanKind } from "../../../kit/telemetry/tracing.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import type { CreateJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import type { GatewayContext } from "../context.js";
import { acceptJob } from "./accept-job.js";
import { receiveUpload, type Upload } from "./receive-upload.js";
import type { UploadPlaces } from "./upload-places.js";

export interface CreateCall extends CallContext {
  /** Id of the Convert call for which the job is made; absent for CreateJob. */
  readonly convert?: string;
}

export type CreateJob = (
  requests: AsyncIterable<CreateJobRequest>,
  call: CreateCall,
) => Promise<Job>;

/**
 * The handler of CreateJob. All calls share `places` with WriteUpload; the wait for one begins with
 * the call.
 */
export function jobCreator(context: GatewayContext, places: UploadPlaces): CreateJob {
  const create = storedJobCreator(context, places);
  return (requests, call) =>
    context.quotas.whileReceiving(call.identity.tenant, () => create(requests, call));
}

/** The same for jobs whose files are finished uploads: nothing is received that a quota counts. */
export function storedJobCreator(context: GatewayContext, places: UploadPlaces): CreateJob {
  return (requests, call) =>
    places.pass(call, () =>
      inJobSpan("upload", { kind: SpanKind.SERVER }, async (span) => {
        const upload = await receiveUpload(context, call.identity, requests);
        span.setAttribute("depthmesh.upload_bytes", sizeBytesOf(upload));
        const job = await acceptJob(context, upload, call);
        span.setAttribute("depthmesh.job", job.name);
        return job;
      }),
    );
}

function sizeBytesOf({ photo, depthMap, sound }: Upload): number {
  return photo.length + (depthMap?.length ?? 0) + (sound?.length ?? 0);
}
