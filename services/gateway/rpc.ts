/** The gateway's gRPC services: each method in one line, its work in a file of its own. */

import { bidiStream, clientStream, serverStream, unary } from "../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../kit/rpc/server.js";
import { cancelJob } from "../../pipeline/record/cancel.js";
import { parseJobName } from "../../pipeline/record/id.js";
import { BlobServiceService } from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { AdminServiceService } from "../../proto/gen/depthmesh/v1/admin_service.js";
import { CatalogServiceService } from "../../proto/gen/depthmesh/v1/catalog_service.js";
import { ConvertServiceService } from "../../proto/gen/depthmesh/v1/convert_service.js";
import { JobServiceService } from "../../proto/gen/depthmesh/v1/job_service.js";
import { ResultServiceService } from "../../proto/gen/depthmesh/v1/result_service.js";
import { toWireModel } from "../../wire/model.js";
import { holdBlobs, readBlob, writeBlob } from "./api/blob-service.js";
import { encoderList, presetList } from "./api/catalog.js";
import { convert } from "./api/convert.js";
import { DeadLetters } from "./api/dead-letters.js";
import { deleteJob, listJobs, presentJob, readRecord } from "./api/jobs.js";
import { readArtifact } from "./api/read-artifact.js";
import { retryJob } from "./api/retry-job.js";
import { watchJob } from "./api/watch-job.js";
import type { GatewayContext } from "./context.js";
import type { Maintenance } from "./maintenance/maintenance.js";
import { jobCreator } from "./upload/create-job.js";

/** In a mesh that has just been started the workers are still trying their encoders. */
const FIRST_TRIAL_MS = 10_000;

export function gatewayServices(context: GatewayContext, worker: Maintenance): RpcService[] {
  const createJob = jobCreator(context);
  const deadLetters = new DeadLetters(context);
  return [
    rpcService(JobServiceService, {
      createJob: clientStream(createJob),
      getJob: unary(async (request) =>
        presentJob(context, await readRecord(context, request.name)),
      ),
      listJobs: unary((request) => listJobs(context, request)),
      watchJob: serverStream((request, { signal }) =>
        watchJob(context, parseJobName(request.name), request.afterEvent, signal),
      ),
      cancelJob: unary(async (request) => {
        const record = await cancelJob(context.bus, context.store, parseJobName(request.name));
        return presentJob(context, record);
      }),
      deleteJob: unary(async (request) => {
        await deleteJob(context, worker, request.name);
        return {};
      }),
      retryJob: unary((request) => retryJob(context, request)),
    }),
    rpcService(AdminServiceService, {
      listDeadLetters: unary((request) => deadLetters.list(request)),
      getDeadLetter: unary((request) => deadLetters.get(request.name)),
      redriveDeadLetter: unary((request) => deadLetters.redrive(request.name)),
      discardDeadLetter: unary((request) => deadLetters.discard(request.name)),
    }),
    rpcService(ConvertServiceService, {
      convert: bidiStream((requests, { signal }) => convert(context, createJob, requests, signal)),
    }),
    rpcService(ResultServiceService, {
      readArtifact: serverStream((request, { signal }) => readArtifact(context, request, signal)),
    }),
    rpcService(CatalogServiceService, {
      listPresets: unary(() => presetList()),
      listModels: unary(async () => ({ models: (await context.models.list()).map(toWireModel) })),
      listEncoders: unary(async () => {
        await context.encoders.anyone(FIRST_TRIAL_MS);
        return encoderList(context.encoders.live);
      }),
    }),
    rpcService(BlobServiceService, {
      readBlob: serverStream((request) => readBlob(context, request)),
      writeBlob: clientStream((requests, { signal }) => writeBlob(context, requests, signal)),
      holdBlobs: unary((request) => holdBlobs(context, request)),
    }),
  ];
}
