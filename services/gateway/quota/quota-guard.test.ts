/** Callers learn with every status what is left, and a refusal says when to come back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Metadata, ServiceError, StatusObject } from "@grpc/grpc-js";
import { pino } from "pino";
import { DepthmeshError } from "../../../core/errors.js";
import { serverStream } from "../../../kit/rpc/call.js";
import { meshClient } from "../../../kit/rpc/client.js";
import { TRUSTED } from "../../../kit/rpc/identity.js";
import { type RpcServer, rpcService, startRpcServer } from "../../../kit/rpc/server.js";
import { DETAILS_KEY } from "../../../kit/rpc/status.js";
import {
  ResultServiceClient,
  ResultServiceService,
} from "../../../proto/gen/depthmesh/v1/result_service.js";
import { QuotaFailure, RetryInfo } from "../../../proto/gen/google/rpc/error_details.js";
import { Status } from "../../../proto/gen/google/rpc/status.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { assertRole } from "../identity/roles.js";
import { ActiveJobs } from "./active-jobs.js";
import { DailyUsage } from "./daily-usage.js";
import { countCalls } from "./quota-guard.js";
import { Quotas } from "./quotas.js";
import { RequestRates } from "./request-rates.js";

let server: RpcServer;
let client: ResultServiceClient;
const usage = new DailyUsage(new MemoryBucket(), pino({ level: "silent" }));
before(async () => {
  const quota = { requestsPerSecond: 0.5, uploadBytesPerDay: 10 };
  const book = { of: () => quota, set: async () => {} };
  const quotas = new Quotas({ book, usage, jobs: new ActiveJobs(), rates: new RequestRates() });
  const results = rpcService(ResultServiceService, {
    readArtifact: serverStream(async function* ({ name }) {
      if (name === "none") throw new DepthmeshError("ARTIFACT_NOT_FOUND", "none");
      if (name === "large") quotas.takeUpload("default", 11);
      yield { kind: { $case: "chunk", value: Buffer.from("bytes") } };
    }),
  });
  server = await startRpcServer("127.0.0.1", 0, [results], {
    guard: countCalls({ authenticate: () => TRUSTED, authorize: assertRole }, quotas),
  });
  client = meshClient(ResultServiceClient, server.address);
});
after(async () => {
  client.close();
  await server.close(0);
  await usage.close();
});

/** The status of a call. */
function read(name: string): Promise<StatusObject> {
  const request = { name, offset: 0, limit: 0, follow: false, attempt: "" };
  return new Promise((resolve) => {
    const call = client.readArtifact(request);
    call.on("data", () => {});
    call.on("error", (_error: ServiceError) => {});
    call.on("status", resolve);
  });
}

const left = ({ metadata }: { metadata: Metadata }, name: string) =>
  metadata.get(`x-depthmesh-quota-${name}-left`)[0];

function detailsOf({ metadata }: StatusObject) {
  const [raw] = metadata.get(DETAILS_KEY);
  const { details } = Status.decode(raw as Buffer);
  const bytesOf = (name: string) => details.find(({ typeUrl }) => typeUrl.endsWith(name))?.value;
  const [retry, quota] = [bytesOf(".RetryInfo"), bytesOf(".QuotaFailure")];
  return {
    retry: retry && RetryInfo.decode(retry).retryDelay,
    violations: quota && QuotaFailure.decode(quota).violations,
  };
}

test("what is left comes with success and with errors of every kind", async () => {
  const succeeded = await read("file");
  assert.deepEqual([succeeded.code, left(succeeded, "requests")], [0, "4"]);
  assert.equal(left(succeeded, "upload-bytes"), "10");
  const missing = await read("none");
  assert.deepEqual([missing.code, left(missing, "requests")], [5, "3"]);
  const exceeded = await read("large");
  assert.deepEqual([exceeded.code, left(exceeded, "requests")], [8, "2"]);
  const { retry, violations } = detailsOf(exceeded);
  const seconds = Number(retry?.seconds) + Number(retry?.nanos) / 1e9;
  assert.ok(Math.abs(seconds - usage.untilResetMs / 1000) < 5, `${seconds} s`);
  assert.deepEqual(
    violations?.map(({ subject, description }) => [subject, description]),
    [["tenants/default", exceeded.details]],
  );
  await read("file");
  await read("file");
  const limited = await read("file");
  assert.deepEqual([limited.code, left(limited, "requests")], [8, "0"]);
  const wait = detailsOf(limited).retry;
  assert.ok(Number(wait?.seconds) < 10 && Number(wait?.seconds) >= 5, JSON.stringify(wait));
});
