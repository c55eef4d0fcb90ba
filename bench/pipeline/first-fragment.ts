/** From the last uploaded byte to the first fragment that plays: 1280×720, by Convert. */
import { readFile } from "node:fs/promises";
import { chunksOf } from "../../kit/rpc/chunks.js";
import { SegmentKind } from "../../proto/gen/depthmesh/v1/segment.js";
import { CachePolicy, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine, median, rounded } from "../report.js";
import { type BenchMesh, startBenchMesh } from "./with-mesh.js";

const RUNS = 3;
const AIM_SECONDS = 2.5;
const CLIP = {
  durationSeconds: 3,
  frameRate: { numerator: 30, denominator: 1 },
  width: 1280,
  height: 720,
};

export async function* firstFragment(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const bench = await startBenchMesh();
  const worst: number[] = [];
  try {
    for (const photo of photos) {
      const bytes = await readFile(photo.path);
      if (photo === photos[0]) await secondsToFragment(bench, bytes);
      const seconds: number[] = [];
      for (let i = 0; i < RUNS; i++) seconds.push(await secondsToFragment(bench, bytes));
      worst.push(median(seconds));
      const value = rounded(median(seconds));
      yield { bench: "pipeline", case: photo.name, metric: "first fragment", value, unit: "s" };
    }
  } finally {
    await bench.stop();
  }
  yield atMost(
    "first fragment from the last byte, worst photo",
    Math.max(...worst),
    AIM_SECONDS,
    "s",
  );
}

/** To the last byte of the first fragment; the job runs on to its end, so that the next one has the machine for itself. */
async function secondsToFragment({ client }: BenchMesh, photo: Uint8Array): Promise<number> {
  let lastByteMs = 0;
  async function* upload() {
    yield* chunksOf(photo);
    // Asked for more: the transport has taken the last chunk.
    lastByteMs = performance.now();
  }
  let missingBytes = Number.POSITIVE_INFINITY;
  let seconds = Number.NaN;
  const spec = JobSpec.fromPartial({ clip: CLIP, cachePolicy: CachePolicy.CACHE_POLICY_BYPASS });
  for await (const { kind } of client.convert(spec, { photo: upload() })) {
    if (kind?.$case === "segment") {
      const isFirst =
        kind.value.index === 0 && kind.value.kind === SegmentKind.SEGMENT_KIND_FRAGMENT;
      if (isFirst) missingBytes = kind.value.sizeBytes;
    }
    if (kind?.$case !== "chunk" || !Number.isNaN(seconds)) continue;
    missingBytes -= kind.value.length;
    if (missingBytes <= 0) seconds = (performance.now() - lastByteMs) / 1000;
  }
  return seconds;
}
