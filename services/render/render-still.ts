/**
 * RenderStill: draws pictures of a scene at chosen moments of its clip. The caller names a job, or
 * sends a photo, a depth map and a spec.
 */
import { DepthmeshError } from "../../core/errors.js";
import { type SceneSource, sceneData } from "../../core/scene/clip/clip-scene.js";
import type { Quality } from "../../core/scene/quality.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { chunksOf } from "../../kit/rpc/chunks.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import { jobNotFound, parseJobName } from "../../pipeline/record/id.js";
import type { JobStore } from "../../pipeline/record/store.js";
import type {
  RenderStillHeader,
  RenderStillRequest,
  RenderStillResponse,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { readJobSource } from "./job-source.js";
import type { RenderScene } from "./render-scene.js";
import type { Renderer } from "./renderer.js";
import { stillAt } from "./still-at.js";
import { expectEnd, readStillHeader, readStillScene } from "./still-request.js";
import { encodePng } from "./stills.js";

export interface StillParts {
  readonly renderer: Renderer;
  readonly blobs: RemoteBlobs;
  readonly store: JobStore;
  readonly quality: Quality;
  /** The largest photo or depth map of a request, in pixels. */
  readonly maxPixels: number;
  /** The longest time between two messages of a caller. */
  readonly stallMs: number;
}

export async function* renderStill(
  parts: StillParts,
  requests: AsyncIterable<RenderStillRequest>,
  signal: AbortSignal,
): AsyncGenerator<RenderStillResponse> {
  const messages = requests[Symbol.asyncIterator]();
  const header = await readStillHeader(messages);
  const source = await sourceOf(parts, header, messages, signal);
  signal.throwIfAborted();
  const scene = await inSpan("build mesh", {}, () =>
    parts.renderer.open(sceneData(source, parts.quality, header.taus)),
  );
  try {
    yield* stillsOf(scene, header.taus, source, signal);
  } finally {
    await scene.close();
  }
}

async function sourceOf(
  { blobs, store, maxPixels }: StillParts,
  { source }: RenderStillHeader,
  messages: AsyncIterator<RenderStillRequest>,
  signal: AbortSignal,
): Promise<SceneSource> {
  switch (source?.$case) {
    case "scene":
      return readStillScene(source.value, messages, maxPixels);
    case "job": {
      await expectEnd(messages);
      const id = parseJobName(source.value);
      const found = await store.read(id);
      if (!found) throw jobNotFound(id);
      return readJobSource(blobs, found.record, signal);
    }
    default:
      throw new DepthmeshError("PARAMETER_CONFLICT", "the header names neither scene nor job", {
        metadata: { field: "source" },
      });
  }
}

async function* stillsOf(
  scene: RenderScene,
  taus: readonly number[],
  source: SceneSource,
  signal: AbortSignal,
): AsyncGenerator<RenderStillResponse> {
  const notes = [...source.camera.notes, ...scene.notes].map((note) => ({
    ...note,
    stage: "render",
    metadata: { ...note.metadata },
  }));
  yield { kind: { $case: "info", value: { notes } } };
  for (const tau of taus) {
    signal.throwIfAborted();
    const { bytes, width, height } = await encodePng(await stillAt(scene, source, tau));
    const value = { tau, width, height, sizeBytes: bytes.length };
    yield { kind: { $case: "still", value } };
    for (const chunk of chunksOf(bytes)) yield { kind: { $case: "chunk", value: chunk } };
  }
}
