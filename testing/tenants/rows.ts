/**
 * The tenant matrix: for every method of the protocol, what a caller of another tenant may see. A
 * method without a row fails tests/tenants.test.ts.
 */
import { readStream, sendRequests } from "../../kit/rpc/client.js";
import { fromRpcStatus } from "../../kit/rpc/status.js";
import { parseJobName } from "../../pipeline/record/id.js";
import {
  ConvertRequest,
  ConvertServiceService,
} from "../../proto/gen/depthmesh/v1/convert_service.js";
import {
  BatchCreateJobsRequest,
  CreateJobRequest,
  EstimateJobRequest,
  JobServiceService,
  ListJobsRequest,
} from "../../proto/gen/depthmesh/v1/job_service.js";
import {
  GetSceneRequest,
  InteractRequest,
  PreviewServiceService,
  RenderContactSheetRequest,
  RenderStillRequest,
} from "../../proto/gen/depthmesh/v1/preview_service.js";
import {
  ReadArtifactRequest,
  ResultServiceService,
} from "../../proto/gen/depthmesh/v1/result_service.js";
import {
  UploadServiceService,
  WriteUploadRequest,
} from "../../proto/gen/depthmesh/v1/upload_service.js";
import { WebhookServiceService } from "../../proto/gen/depthmesh/v1/webhook_service.js";
import { type Caller, MAP_SPEC } from "./caller.js";

/** Everything of a tenant that has a name, or the same of nobody. */
export interface Names {
  /** `jobs/{job}`: a job that has ended, with the artifact `depth.png`. */
  readonly job: string;
  /** `uploads/{upload}`: a finished photo. */
  readonly upload: string;
  /** `webhooks/{webhook}` */
  readonly webhook: string;
  readonly requestId: string;
}

export type Row =
  /**
   * The method takes a name: another tenant's is answered as one of nobody. `isReadOnly`: the owner
   * can make the same call, and is answered.
   */
  | {
      readonly kind: "named";
      readonly isReadOnly: boolean;
      call(caller: Caller, names: Names): Promise<unknown>;
    }
  /** The method answers with what the caller's tenant has, or with what no tenant has. */
  | { readonly kind: "own"; call(caller: Caller, names: Names): Promise<unknown> }
  /** The method is for operators, on the admin port, or for the mesh itself. */
  | { readonly kind: "operator" | "mesh" };

const OPERATOR: Row = { kind: "operator" };
const MESH: Row = { kind: "mesh" };

/** A method that takes a name and changes nothing. */
function reads(call: (caller: Caller, names: Names) => Promise<unknown>): Row {
  return { kind: "named", isReadOnly: true, call };
}

/** A method that takes a name and would change what the name stands for. */
function changes(call: (caller: Caller, names: Names) => Promise<unknown>): Row {
  return { kind: "named", isReadOnly: false, call };
}

function own(call: (caller: Caller, names: Names) => Promise<unknown>): Row {
  return { kind: "own", call };
}

const PAGE = { pageSize: 0, pageToken: "" };

async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const received: T[] = [];
  for await (const message of messages) received.push(message);
  return received;
}

const readArtifact = ({ client }: Caller, name: string) =>
  all(
    client.channel.serverStream(
      ResultServiceService.readArtifact,
      ReadArtifactRequest.fromPartial({ name }),
    ),
  );

function createJob({ client }: Caller, header: CreateJobRequest["kind"]): Promise<unknown> {
  return client.channel.clientStream(JobServiceService.createJob, [{ kind: header }]);
}

function headerWith(names: {
  photoUpload?: string;
  webhooks?: string[];
}): CreateJobRequest["kind"] {
  return CreateJobRequest.fromPartial({
    kind: { $case: "header", value: { spec: MAP_SPEC, ...names } },
  }).kind;
}

async function bidi<Req, Res>(
  { client }: Caller,
  method: Parameters<typeof client.channel.bidiStream<Req, Res>>[0],
  requests: Req[],
): Promise<Res[]> {
  const call = client.channel.bidiStream(method);
  const sent = sendRequests(call, requests);
  sent.catch(() => call.cancel());
  const received = await all(readStream<Res>(call));
  await sent;
  return received;
}

/** A small preview of a job or an upload. */
const smallOf = ($case: "job" | "upload", value: string) => ({
  source: { kind: { $case, value } },
  options: { longestSide: 64 },
});
const still = ({ client }: Caller, of: ReturnType<typeof smallOf>) =>
  client.call(PreviewServiceService.renderStill, RenderStillRequest.fromPartial(of));
const scene = ({ client }: Caller, of: ReturnType<typeof smallOf>) =>
  client.call(PreviewServiceService.getScene, GetSceneRequest.fromPartial(of));

/** By service and method. */
export const ROWS: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  "depthmesh.v1.JobService": {
    CreateJob: changes((caller, { upload: photoUpload }) =>
      createJob(caller, headerWith({ photoUpload })),
    ),
    GetJob: reads(({ client }, { job }) => client.getJob(job)),
    ListJobs: own(({ client }) =>
      client.call(JobServiceService.listJobs, ListJobsRequest.fromPartial({})),
    ),
    WatchJob: reads(({ client }, { job }) => all(client.watchJob(job))),
    CancelJob: changes(({ client }, { job }) => client.cancelJob(job)),
    DeleteJob: changes(({ client }, { job }) => client.deleteJob(job)),
    RetryJob: changes(({ client }, { job, requestId }) => client.retryJob(job, 0, requestId)),
    BatchCreateJobs: changes(async ({ client }, { upload: photoUpload }) => {
      const { results } = await client.call(
        JobServiceService.batchCreateJobs,
        BatchCreateJobsRequest.fromPartial({ jobs: [{ spec: MAP_SPEC, photoUpload }] }),
      );
      const kind = results[0]?.kind;
      if (kind?.$case === "error") throw fromRpcStatus(kind.value) ?? kind.value;
    }),
    EstimateJob: own(({ client }) =>
      client.call(
        JobServiceService.estimateJob,
        EstimateJobRequest.fromPartial({ spec: MAP_SPEC, photoWidth: 96, photoHeight: 64 }),
      ),
    ),
    GetJobTrace: reads(({ client }, { job: name }) =>
      client.call(JobServiceService.getJobTrace, { name }),
    ),
  },
  "depthmesh.v1.ConvertService": {
    Convert: changes((caller, { upload: photoUpload }) =>
      bidi(caller, ConvertServiceService.convert, [
        ConvertRequest.fromPartial({ kind: headerWith({ photoUpload }) }),
      ]),
    ),
  },
  "depthmesh.v1.ResultService": {
    ReadArtifact: reads((caller, { job }) => readArtifact(caller, `${job}/artifacts/depth.png`)),
  },
  "depthmesh.v1.CatalogService": {
    ListPresets: own(({ client }) => client.listPresets()),
    ListModels: own(({ client }) => client.listModels()),
    ListEncoders: own(({ client }) => client.listEncoders()),
    GetLimits: own(({ client }) => client.getLimits()),
  },
  "depthmesh.v1.UploadService": {
    CreateUpload: own(({ client }, { requestId }) =>
      client.call(UploadServiceService.createUpload, { requestId, sizeBytes: undefined }),
    ),
    WriteUpload: changes(({ client, photo }, { upload: name }) =>
      client.channel.clientStream(UploadServiceService.writeUpload, [
        WriteUploadRequest.fromPartial({ kind: { $case: "header", value: { name } } }),
        WriteUploadRequest.fromPartial({
          kind: { $case: "data", value: { data: Buffer.from(photo) } },
        }),
      ]),
    ),
    GetUpload: reads(({ client }, { upload: name }) =>
      client.call(UploadServiceService.getUpload, { name }),
    ),
    AbortUpload: changes(({ client }, { upload: name }) =>
      client.call(UploadServiceService.abortUpload, { name }),
    ),
  },
  "depthmesh.v1.PreviewService": {
    RenderStill: reads((caller, { job }) => still(caller, smallOf("job", job))),
    GetScene: reads((caller, { job }) => scene(caller, smallOf("job", job))),
    RenderContactSheet: changes(({ client }, { upload: value }) =>
      client.call(
        PreviewServiceService.renderContactSheet,
        RenderContactSheetRequest.fromPartial({ source: { kind: { $case: "upload", value } } }),
      ),
    ),
    Interact: changes((caller, { job }) =>
      bidi(caller, PreviewServiceService.interact, [
        InteractRequest.fromPartial({
          kind: {
            $case: "start",
            value: { source: { kind: { $case: "job", value: job } } },
          },
        }),
      ]),
    ),
  },
  "depthmesh.v1.WebhookService": {
    CreateWebhook: own(({ client }) =>
      client.call(WebhookServiceService.createWebhook, {
        ...{ url: "https://example.com/other", states: [], everyJob: false },
      }),
    ),
    ListWebhooks: own(({ client }) => client.call(WebhookServiceService.listWebhooks, PAGE)),
    DeleteWebhook: changes(({ client }, { webhook: name }) =>
      client.call(WebhookServiceService.deleteWebhook, { name }),
    ),
    ListWebhookFailures: own(({ client }) =>
      client.call(WebhookServiceService.listWebhookFailures, PAGE),
    ),
    RedeliverWebhook: changes(({ client }, { webhook, job }) =>
      client.call(WebhookServiceService.redeliverWebhook, {
        name: `${webhook}/failures/${parseJobName(job)}`,
      }),
    ),
  },
  "depthmesh.v1.AdminService": {
    ...{ ListDeadLetters: OPERATOR, GetDeadLetter: OPERATOR, RedriveDeadLetter: OPERATOR },
    ...{ DiscardDeadLetter: OPERATOR, ListCacheEntries: OPERATOR, PurgeCache: OPERATOR },
    ...{ GetMeshStatus: OPERATOR, GetSystemStatus: OPERATOR, ListWorkers: OPERATOR },
    ...{ DrainWorker: OPERATOR, CreateApiKey: OPERATOR, ListApiKeys: OPERATOR },
    ...{ RevokeApiKey: OPERATOR, GetTenantQuota: OPERATOR, SetTenantQuota: OPERATOR },
    ...{ GetCatalogueStatus: OPERATOR, RebuildCatalogue: OPERATOR, ListUsage: OPERATOR },
  },
  "depthmesh.stage.v1.BlobService": { ReadBlob: MESH, WriteBlob: MESH, HoldBlobs: MESH },
  "depthmesh.stage.v1.DepthService": {
    ...{ EstimateDepth: MESH, ListModels: MESH, LoadModel: MESH, UnloadModel: MESH },
    ...{ GetModelStatistics: MESH },
  },
  "depthmesh.stage.v1.RenderService": {
    ...{ ReadFrames: MESH, RenderStill: MESH, RenderPreview: MESH, GetCapabilities: MESH },
  },
  "depthmesh.stage.v1.EncodeService": { EncodeFrames: MESH, FollowJob: MESH },
  "depthmesh.stage.v1.WorkerService": { Describe: MESH, Drain: MESH, ReadTrace: MESH },
};

/** Calls with names that no method of `ROWS` takes: what a header can name besides the photo. */
export const MORE_NAMED: Readonly<Record<string, Row>> = {
  "a job told at a webhook": changes((caller, { webhook }) =>
    createJob(caller, headerWith({ webhooks: [webhook] })),
  ),
  "a preview of an upload": changes((caller, { upload }) =>
    still(caller, smallOf("upload", upload)),
  ),
  "the scene of an upload": changes((caller, { upload }) =>
    scene(caller, smallOf("upload", upload)),
  ),
  "a followed video": changes(({ client }, { job }) =>
    client.followFragments(job).then(({ chunks }) => all(chunks)),
  ),
};
