/** Callers who call too often, too slowly, or do not read. */
import { type Client, credentials, Client as GrpcClient, Metadata } from "@grpc/grpc-js";
import { pause } from "../../kit/async/delay.js";
import { newApiKey } from "../../kit/rpc/api-key.js";
import { CatalogServiceService } from "../../proto/gen/depthmesh/v1/catalog_service.js";
import { CreateJobRequest, JobServiceService } from "../../proto/gen/depthmesh/v1/job_service.js";
import {
  InteractRequest,
  PreviewServiceService,
} from "../../proto/gen/depthmesh/v1/preview_service.js";
import {
  ReadArtifactRequest,
  ResultServiceService,
} from "../../proto/gen/depthmesh/v1/result_service.js";
import {
  Upload,
  UploadServiceService,
  WriteUploadRequest,
} from "../../proto/gen/depthmesh/v1/upload_service.js";
import type { AttackPlan } from "./attack-plan.js";

const RETRY_MS = 250;
const DRIP_MS = 1_000;
const raw = (bytes: Buffer) => bytes;
const encoded = <T>(codec: { encode(message: T): { finish(): Uint8Array } }, message: T) =>
  Buffer.from(codec.encode(message).finish());

/** A connection of its own, whose calls show `credential`. */
function connection({ address }: AttackPlan, credential: string) {
  const client = new GrpcClient(address, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  const metadata = () => {
    const made = new Metadata();
    made.set("authorization", `Bearer ${credential}`);
    return made;
  };
  return { client, metadata };
}

type Ended = (error: unknown, bytes: Buffer | undefined) => void;

/** One call after another, `inFlight` at once on each of `connections`. */
export async function flood(
  plan: AttackPlan,
  connections: number,
  inFlight: number,
  credential: () => string,
): Promise<void> {
  const { path } = CatalogServiceService.listPresets;
  const asked = Array.from({ length: connections }, async () => {
    const { client, metadata } = connection(plan, credential());
    const call = (ended: Ended) =>
      client.makeUnaryRequest(path, raw, raw, Buffer.alloc(0), metadata(), ended);
    const again = (): unknown => call(() => setImmediate(again));
    await new Promise<void>((resolve) => call(() => resolve()));
    for (let i = 0; i < inFlight; i++) again();
  });
  await Promise.all(asked);
}

export const wrongKey = () => newApiKey().key;
/** As long as metadata may be: no token is. */
export const hugeToken = () => `${"eyJhbGciOiJFUzI1NiJ9.".padEnd(60 * 1024, "A")}.AAAA`;

/** Half of them CreateJob, half of them WriteUpload; a byte a second, and again when ended. */
export async function slowUploads(plan: AttackPlan, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { client, metadata } = connection(plan, plan.key);
      const first = index % 2 === 0 ? createJob : await writeUpload(client, metadata());
      const begin = () => dripInto(client, metadata(), first, () => setTimeout(begin, RETRY_MS));
      begin();
      await pause(DRIP_MS);
    }),
  );
}

interface SlowUpload {
  readonly path: string;
  readonly header: Buffer;
  readonly drip: Buffer;
}

const createJob: SlowUpload = {
  path: JobServiceService.createJob.path,
  header: encoded(
    CreateJobRequest,
    CreateJobRequest.fromPartial({ kind: { $case: "header", value: { spec: {} } } }),
  ),
  drip: encoded(CreateJobRequest, { kind: { $case: "chunk", value: Buffer.of(0) } }),
};

async function writeUpload(client: Client, metadata: Metadata): Promise<SlowUpload> {
  const { path } = UploadServiceService.createUpload;
  const name = await new Promise<string>((resolve, reject) => {
    client.makeUnaryRequest(path, raw, raw, Buffer.alloc(0), metadata, (error, bytes?: Buffer) =>
      bytes ? resolve(Upload.decode(bytes).name) : reject(error),
    );
  });
  return {
    path: UploadServiceService.writeUpload.path,
    header: encoded(WriteUploadRequest, {
      kind: { $case: "header", value: { name, offset: 0 } },
    }),
    drip: encoded(
      WriteUploadRequest,
      WriteUploadRequest.fromPartial({
        kind: { $case: "data", value: { data: Buffer.of(0) } },
      }),
    ),
  };
}

function dripInto(
  client: Client,
  metadata: Metadata,
  { path, header, drip }: SlowUpload,
  ended: () => void,
): void {
  const call = client.makeClientStreamRequest(path, raw, raw, metadata, () => {
    clearInterval(timer);
    call.destroy();
    ended();
  });
  call.on("error", () => {});
  call.write(header);
  const timer = setInterval(() => call.write(drip), DRIP_MS);
}

const start = (job: string): InteractRequest =>
  InteractRequest.fromPartial({
    kind: {
      $case: "start",
      value: { source: { kind: { $case: "job", value: job } }, options: { longestSide: 320 } },
    },
  });

/** Sessions with more cameras than anybody can see; resolves when frames come. */
export async function cameraFloods(plan: AttackPlan, sessions: number, perSecond: number) {
  await Promise.all(
    Array.from({ length: sessions }, async () => {
      const { client, metadata } = connection(plan, plan.key);
      const { path } = PreviewServiceService.interact;
      const call = client.makeBidiStreamRequest(path, raw, raw, metadata());
      call.on("error", () => {});
      call.write(encoded(InteractRequest, start(plan.job)));
      const begun = new Promise<void>((resolve) => {
        call.once("data", () => resolve());
        call.once("close", () => resolve());
      });
      let sequence = 0;
      const everyMs = Math.max(10, 1_000 / perSecond);
      const timer = setInterval(() => {
        for (let i = 0; i < Math.round((perSecond * everyMs) / 1_000); i++) {
          sequence += 1;
          const camera = { sequence, x: Math.sin(sequence / 99), y: 0, dolly: 0 };
          const message = { kind: { $case: "camera" as const, value: camera } };
          call.write(encoded(InteractRequest, InteractRequest.fromPartial(message)));
        }
      }, everyMs);
      call.once("close", () => clearInterval(timer));
      await begun;
    }),
  );
}

/** Calls that stream, on connections whose windows nobody empties. */
export async function unreadStreams(plan: AttackPlan, count: number): Promise<void> {
  const watch = ResultServiceService.readArtifact.path;
  const request = ReadArtifactRequest.fromPartial({ name: `${plan.job}/artifacts/depth.png` });
  for (let i = 0; i < count; i++) {
    const { client, metadata } = connection(plan, plan.key);
    const bytes = encoded(ReadArtifactRequest, request);
    const call = client.makeServerStreamRequest(watch, raw, raw, bytes, metadata());
    call.on("error", () => {});
    call.once("data", () => call.pause());
  }
  for (let i = 0; i < 4; i++) {
    const { client, metadata } = connection(plan, plan.key);
    const call = client.makeBidiStreamRequest(
      PreviewServiceService.interact.path,
      raw,
      raw,
      metadata(),
    );
    call.on("error", () => {});
    call.once("data", () => call.pause());
    call.write(encoded(InteractRequest, start(plan.job)));
    const timer = setInterval(() => {
      const camera = { sequence: Date.now(), x: Math.random(), y: 0, dolly: 0 };
      const message = { kind: { $case: "camera" as const, value: camera } };
      call.write(encoded(InteractRequest, InteractRequest.fromPartial(message)));
    }, 50);
    call.once("close", () => clearInterval(timer));
  }
  await pause(DRIP_MS);
}
