/**
 * `npm run bench -- pipeline`: a photo through the whole mesh, and how much the mesh itself costs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { withFrames } from "../../services/encode/frame-reader.js";
import type { Photo } from "../../testing/photos.js";
import { type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { firstFragment, photoToVideo } from "./latency.js";
import { throughput } from "./throughput.js";

export async function* pipeline(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  yield* frameStream();
  yield* throughput(photos);
  yield* firstFragment(photos);
  yield* photoToVideo(photos);
}

/** Throughput of the frame stream alone: two processes, nothing is rendered or encoded. */
async function* frameStream(): AsyncGenerator<BenchLine> {
  const script = fileURLToPath(new URL("./frame-source.js", import.meta.url));
  const source = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [address] = (await once(createInterface({ input: source.stdout }), "line")) as [string];
    const pull = { address, job: "bench", token: "bench", generation: 1 };
    const request = { ...pull, stallMs: 60_000, framesBy: "grpc" as const };
    const rate = await withFrames(request, new AbortController().signal, async (stream) => {
      if (stream.socketPath !== undefined) throw new Error("this source has no socket");
      let bytes = 0;
      let startedAtMs = 0;
      for await (const { data, frame } of stream.bands) {
        // The first frames pay for code that is compiled on its first use.
        if (frame < 30) startedAtMs = performance.now();
        else bytes += data.length;
      }
      return (1000 * bytes) / (performance.now() - startedAtMs);
    });
    yield figuresOf("pipeline", "1920×1080")("frame stream", rate / 1e6, "MB/s");
  } finally {
    source.kill();
  }
}
