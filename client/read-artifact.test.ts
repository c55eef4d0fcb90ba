/** An artifact whose call breaks. A client that is made up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../core/errors.js";
import { collect } from "../kit/rpc/chunks.js";
import { Artifact } from "../proto/gen/depthmesh/v1/job.js";
import { refusal } from "../testing/refusal.js";
import type { ReadOptions } from "./client.js";
import { readArtifact } from "./read-artifact.js";

const BYTES = Buffer.from("the bytes of an artifact");

/** Breaks after five bytes of the first call. `hashes`: of the artifact in each call. */
function client(hashes: readonly string[]) {
  let calls = 0;
  return {
    readArtifact: async (_name: string, options: AbortSignal | ReadOptions = {}) => {
      const { offset = 0 } = options as ReadOptions;
      const call = calls++;
      async function* chunks() {
        const end = call === 0 ? 5 : BYTES.length;
        yield BYTES.subarray(offset, end);
        if (call === 0) throw new DepthmeshError("SERVICE_UNAVAILABLE", "the gateway has died");
      }
      const artifact = Artifact.fromPartial({ sha256: hashes[call] ?? "" });
      return { artifact, chunks: chunks() };
    },
  };
}

test("a read goes on where it broke, and never with the bytes of another artifact", async () => {
  const whole = await readArtifact(client(["one", "one"]), "jobs/1/artifacts/video.mp4");
  assert.deepEqual(await collect(whole.chunks), BYTES);
  const mixed = await readArtifact(client(["one", "two"]), "jobs/1/artifacts/video.mp4");
  assert.equal((await refusal(collect(mixed.chunks))).reason, "STREAM_RESTARTED");
});
