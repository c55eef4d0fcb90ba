/** The gateway's gRPC services: one line per method, with the function that handles it. */
import type { PortName } from "../../kit/process/ports.js";
import { bidiStream, clientStream, serverStream, unary } from "../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../kit/rpc/server.js";
import { offerMetric } from "../../kit/telemetry/metrics.js";

import {
  BlobServiceService,
  ReadBlobResponse,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { AdminServiceService } from "../../proto/gen/depthmesh/v1/admin_service.js";
import { CatalogServiceService } from "../../proto/gen/depthmesh/v1/catalog_service.js";
import {
  ConvertResponse,
  ConvertServiceService,
} from "../../proto/gen/depthmesh/v1/convert_service.js";
import { JobServiceService } from "../../proto/gen/depthmesh/v1/job_service.js";
import {
  InteractResponse,
  PreviewServiceService,
} from "../../proto/gen/depthmesh/v1/preview_service.js";
import {
  ReadArtifactResponse,
  ResultServiceService,
} from "../../proto/gen/depthmesh/v1/result_service.js";
import { UploadServiceService } from "../../proto/gen/depthmesh/v1/upload_service.js";
import { FIELD_LIMITS } from "../../wire/field-limits.js";
import { createApiKey, listApiKeys, revokeApiKey } from "./api/api-keys.js";
import { holdBlobs, readBlob, writeBlob } from "./api/blob-service.js";
import { listCacheEntries, purgeCache } from "./api/cache.js";
import { listEncoders, listModels, listPresets } from "./api/catalog.js";
import { getCatalogueStatus, listUsage, rebuildCatalogue } from "./api/catalogue.js";
import { convert } from "./api/convert.js";
import { DeadLetters } from "./api/dead-letters.js";
import { estimateJob } from "./api/estimate-job.js";
import { JobTraces } from "./api/job-trace.js";
import { cancelJob, deleteJob, getJob } from "./api/jobs.js";
import { listJobs } from "./api/list-jobs.js";
import { getMeshStatus } from "./api/mesh-status.js";
import { readArtifact } from "./api/read-artifact.js";
import { retryJob } from "./api/retry-job.js";
import { abortUpload, createUpload, getUpload } from "./api/uploads.js";
import { watchJob } from "./api/watch-job.js";
import { drainWorker, getSystemStatus, listWorkers } from "./api/workers.js";
import { writeUpload } from "./api/write-upload.js";
import type { GatewayContext } from "./context.js";
import type { Maintenance } from "./maintenance/maintenance.js";
import { Previews } from "./preview/previews.js";
import { getLimits, getTenantQuota, setTenantQuota } from "./quota/quota-api.js";
import { untilDrain } from "./until-drain.js";
import { batchCreateJobs } from "./upload/batch-create-jobs.js";
import { jobCreator, storedJobCreator } from "./upload/create-job.js";
import { UploadPlaces } from "./upload/upload-places.js";
import { webhookService } from "./webhooks/rpc.js";

/** The services of each port. */
export function gatewayServices(
  context: GatewayContext,
  maintenance: Maintenance,
): Readonly<Record<PortName, readonly RpcService[]>> {
  return {
    public: publicServices(context, maintenance),
    admin: adminServices(context, maintenance),
    internal: internalServices(context, maintenance),
  };
}

/** For callers of the API. */
function publicServices(context: GatewayContext, maintenance: Maintenance): RpcService[] {
  const { maxUploads, maxWaitingUploads, uploadWaitMs } = context.config;
  const places = new UploadPlaces({
    ...{ running: maxUploads, waiting: maxWaitingUploads, waitMs: uploadWaitMs },
  });
  offerMetric("depthmesh.uploads", () => [
    { value: places.receiving, attributes: { "depthmesh.upload.state": "receiving" } },
    { value: places.waiting, attributes: { "depthmesh.upload.state": "waiting" } },
  ]);
  const createJob = jobCreator(context, places);
  const createStored = storedJobCreator(context, places);
  const previews = new Previews(context);
  const traces = new JobTraces(context);
  return [
    rpcService(
      JobServiceService,
      {
        createJob: clientStream(createJob),
        getJob: unary((request, { identity }) => getJob(context, request, identity)),
        listJobs: unary((request, { identity }) =>
          listJobs(
            context,
            { index: maintenance.index, catalogue: context.catalogue },
            request,
            identity,
          ),
        ),
        watchJob: serverStream((request, { identity, signal }) =>
          untilDrain(context, request.name, signal, (until) =>
            watchJob(context, request, identity, until),
          ),
        ),
        cancelJob: unary((request, { identity }) => cancelJob(context, request, identity)),
        deleteJob: unary((request, { identity }) =>
          deleteJob(context, maintenance, request, identity),
        ),
        retryJob: unary((request, { identity }) => retryJob(context, request, identity)),
        batchCreateJobs: unary((request, call) =>
          batchCreateJobs(context, createStored, request, call),
        ),
        estimateJob: unary((request) => estimateJob(context, request)),
        getJobTrace: unary((request, call) => traces.get(request, call)),
      },
      { endWhileReceiving: ["createJob"], fieldLimits: FIELD_LIMITS },
    ),
    rpcService(
      ConvertServiceService,
      {
        convert: bidiStream((requests, call) => convert(context, createJob, requests, call)),
      },
      {
        endWhileReceiving: ["convert"],
        fieldLimits: FIELD_LIMITS,
        bulkResponses: { convert: ConvertResponse },
      },
    ),
    rpcService(
      ResultServiceService,
      {
        readArtifact: serverStream((request, { identity, signal }) =>
          readArtifact(context, request, identity, signal),
        ),
      },
      { bulkResponses: { readArtifact: ReadArtifactResponse } },
    ),
    rpcService(
      UploadServiceService,
      {
        createUpload: unary((request, { identity }) =>
          createUpload(context, maintenance.uploads, request, identity),
        ),
        writeUpload: clientStream(
          (requests, call) => writeUpload(context, places, requests, call),
          // Of many uploads at once, each keeps little in memory.
          { readAhead: 1 },
        ),
        getUpload: unary((request, { identity }) => getUpload(context, request, identity)),
        abortUpload: unary((request, { identity }) =>
          abortUpload(context, maintenance, request, identity),
        ),
      },
      { endWhileReceiving: ["writeUpload"] },
    ),
    rpcService(
      PreviewServiceService,
      {
        renderStill: unary((request, call) => previews.renderStill(request, call)),
        renderContactSheet: unary((request, call) => previews.renderContactSheet(request, call)),
        getScene: unary((request, call) => previews.getScene(request, call)),
        interact: bidiStream((requests, call) => previews.interact(requests, call)),
      },
      { fieldLimits: FIELD_LIMITS, bulkResponses: { interact: InteractResponse } },
    ),
    rpcService(CatalogServiceService, {
      listPresets: unary(listPresets),
      listModels: unary(() => listModels(context.models)),
      listEncoders: unary(() => listEncoders(context.encoders)),
      getLimits: unary((_request, { identity }) => getLimits(context, identity)),
    }),
    webhookService(context),
  ];
}

/** For those who run the mesh. */
function adminServices(context: GatewayContext, maintenance: Maintenance): RpcService[] {
  const deadLetters = new DeadLetters(context);
  const lists = { index: maintenance.index, catalogue: context.catalogue };
  return [
    rpcService(AdminServiceService, {
      listDeadLetters: unary((request, { identity }) => deadLetters.list(request, identity)),
      getDeadLetter: unary((request) => deadLetters.get(request)),
      redriveDeadLetter: unary((request) => deadLetters.redrive(request)),
      discardDeadLetter: unary((request) => deadLetters.discard(request)),
      listCacheEntries: unary((request, { identity }) =>
        listCacheEntries(context, maintenance, request, identity),
      ),
      purgeCache: unary((request) => purgeCache(maintenance, request)),
      getMeshStatus: unary(() => getMeshStatus(context, maintenance)),
      getSystemStatus: unary(() => getSystemStatus(context, maintenance)),
      listWorkers: unary((request) => listWorkers(context, request)),
      drainWorker: unary((request) => drainWorker(context, request)),
      createApiKey: unary((request, { identity }) => createApiKey(context.keys, request, identity)),
      listApiKeys: unary((request, { identity }) => listApiKeys(context, request, identity)),
      revokeApiKey: unary((request, { identity }) => revokeApiKey(context.keys, request, identity)),
      getTenantQuota: unary((request) => getTenantQuota(context, request)),
      setTenantQuota: unary((request, { identity }) => setTenantQuota(context, request, identity)),
      getCatalogueStatus: unary(() => getCatalogueStatus(context)),
      rebuildCatalogue: unary((_request, { identity }) => rebuildCatalogue(context, identity)),
      listUsage: unary((request, { identity }) => listUsage(context, lists, request, identity)),
    }),
  ];
}

/** For the workers. */
function internalServices(context: GatewayContext, maintenance: Maintenance): RpcService[] {
  return [
    rpcService(
      BlobServiceService,
      {
        readBlob: serverStream((request) => readBlob(context, request)),
        writeBlob: clientStream((requests, { signal }) =>
          writeBlob(context, maintenance, requests, signal),
        ),
        holdBlobs: unary((request) => holdBlobs(context, request)),
      },
      { bulkResponses: { readBlob: ReadBlobResponse } },
    ),
  ];
}
