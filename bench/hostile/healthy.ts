/** A caller who does what callers do: small calls at a steady rate, an upload, and a job. */
import { randomBytes } from "node:crypto";
import type { DepthmeshClient } from "../../client/client.js";
import { pause } from "../../kit/async/delay.js";
import { UploadServiceService } from "../../proto/gen/depthmesh/v1/upload_service.js";
import { percentile } from "../../testing/statistics.js";
import { MAP_SPEC, sendUpload } from "../../testing/tenants/caller.js";
import { mainThreadCpuMs } from "../../testing/thread-cpu.js";

const CALLS_PER_SECOND = 50;
const SECONDS = 4;

export interface Health {
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of an upload in parts and of a job that is created with its photo, one after the other. */
  readonly uploadMs: number;
  /** How busy the gateway's main thread was, in percent of the time. */
  readonly busy: number;
}

export interface HealthyCaller {
  readonly client: DepthmeshClient;
  readonly key: string;
  /** `jobs/{id}` */
  readonly job: string;
  readonly photo: Buffer;
}

/** `gateway` is its process. Throws where a call is refused. */
export async function healthOf(caller: HealthyCaller, gateway: number): Promise<Health> {
  const times: number[] = [];
  const calls: Promise<unknown>[] = [];
  const cpuBeforeMs = mainThreadCpuMs(gateway);
  const beganAtMs = performance.now();
  const sending = uploads(caller).then(() => performance.now() - beganAtMs);
  sending.catch(() => {});
  for (let number = 0; number < CALLS_PER_SECOND * SECONDS; number++) {
    const dueMs = beganAtMs + (1_000 * number) / CALLS_PER_SECOND;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await pause(earlyMs);
    const sentAtMs = performance.now();
    const call = caller.client.getJob(caller.job);
    calls.push(call.then(() => times.push(performance.now() - sentAtMs)));
  }
  await Promise.all(calls);
  const uploadMs = await sending;
  const lastedMs = performance.now() - beganAtMs;
  const busy = (100 * (mainThreadCpuMs(gateway) - cpuBeforeMs)) / lastedMs;
  return { p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95), uploadMs, busy };
}

/** The bytes behind the photo's last are another each time, so that nothing is reused. */
async function uploads({ client, key, photo }: HealthyCaller): Promise<void> {
  const file = Buffer.concat([photo, randomBytes(16)]);
  const { name } = await sendUpload({ client, key, photo: file });
  await client.call(UploadServiceService.abortUpload, { name });
  async function* chunks() {
    yield file;
  }
  const { name: job } = await client.createJob(MAP_SPEC, { photo: chunks() });
  await client.cancelJob(job);
}
