/** Uploads of many bytes, from a caller that computes nothing while it sends. */
import { randomBytes } from "node:crypto";
import { crc32c } from "@node-rs/crc32";
import { Channel } from "../../client/channel.js";
import { pause } from "../../kit/async/delay.js";
import { FILE_CHUNK_BYTES } from "../../kit/rpc/chunks.js";
import {
  type Upload,
  UploadServiceService,
  type WriteUploadRequest,
} from "../../proto/gen/depthmesh/v1/upload_service.js";
import { residentMib } from "../../testing/process-facts.js";

const MIB = 2 ** 20;
const SAMPLE_EVERY_MS = 20;

/** The same bytes in every message, with their checksum. */
const DATA = randomBytes(FILE_CHUNK_BYTES);
const MESSAGE: WriteUploadRequest = {
  kind: { $case: "data", value: { data: DATA, crc32c: crc32c(DATA) } },
};

/** Sends one file in one call; it is durable, and removed again, when this resolves. */
async function send(channel: Channel, mib: number): Promise<number> {
  const sizeBytes = mib * MIB;
  const request = { sizeBytes, requestId: "" };
  const { name } = await channel.unary(UploadServiceService.createUpload, request);
  function* messages(): Generator<WriteUploadRequest> {
    yield { kind: { $case: "header", value: { name, offset: 0 } } };
    for (let at = 0; at < sizeBytes; at += DATA.length) yield MESSAGE;
    yield { kind: { $case: "finish", value: { sha256: "" } } };
  }
  const startMs = performance.now();
  const upload: Upload = await channel.clientStream(UploadServiceService.writeUpload, messages());
  const seconds = (performance.now() - startMs) / 1000;
  if (!upload.finished) throw new Error("the upload is not finished");
  await channel.unary(UploadServiceService.abortUpload, { name });
  return seconds;
}

/** MiB per second of each of `runs` uploads, one after the other. */
export async function uploadRates(address: string, mib: number, runs: number): Promise<number[]> {
  const channel = new Channel(address);
  try {
    const rates: number[] = [];
    for (let run = 0; run < runs; run++) rates.push(mib / (await send(channel, mib)));
    return rates;
  } finally {
    channel.close();
  }
}

export interface UploadsAtOnce {
  /** Resident set of the process before, and the most of it, in MiB. */
  readonly beforeMib: number;
  readonly peakMib: number;
  /** Of all together. */
  readonly mibPerSecond: number;
}

/** Uploads over so many connections at once to the gateway whose process is `pid`. */
export async function uploadsAtOnce(
  { address, pid }: { readonly address: string; readonly pid: number },
  count: number,
  mib: number,
): Promise<UploadsAtOnce> {
  const channels = Array.from({ length: count }, () => new Channel(address));
  const done = new AbortController();
  try {
    // Connections are there before the measurement: their cost is not that of uploads.
    await Promise.all(
      channels.map((channel) =>
        channel.unary(UploadServiceService.createUpload, { sizeBytes: 1, requestId: "connect" }),
      ),
    );
    const beforeMib = await residentMib(pid);
    let peakMib = beforeMib;
    const watch = async () => {
      while (!done.signal.aborted) {
        peakMib = Math.max(peakMib, await residentMib(pid));
        await pause(SAMPLE_EVERY_MS, done.signal);
      }
    };
    const watching = watch();
    const startMs = performance.now();
    await Promise.all(channels.map((channel) => send(channel, mib)));
    const seconds = (performance.now() - startMs) / 1000;
    done.abort();
    await watching;
    return { beforeMib, peakMib, mibPerSecond: (count * mib) / seconds };
  } finally {
    done.abort();
    for (const channel of channels) channel.close();
  }
}
