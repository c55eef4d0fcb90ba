/** Where the rasters of a preview come from: a job, or the caller, for a key that they keep. */
import { DepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import { type Rasters, type SceneRasters, withSpec } from "../../../core/scene/clip/clip-scene.js";
import type { JobSpec } from "../../../core/spec/spec.js";
import { readSpec } from "../../../core/spec/stored-spec.js";
import type { Lru } from "../../../kit/async/lru.js";
import type { RemoteBlobs } from "../../../kit/blobs/remote.js";
import { fieldConflict } from "../../../kit/rpc/requests.js";
import { jobNotFound, parseJobName } from "../../../pipeline/record/id.js";
import type { JobStore } from "../../../pipeline/record/store.js";
import type {
  PreviewRasters,
  PreviewStart,
  RenderPreviewRequest,
  RenderPreviewResponse,
} from "../../../proto/gen/depthmesh/stage/v1/render_service.js";
import { askedSpec } from "../asked-spec.js";
import { depthOf, readRasters, uint16View } from "../job-source.js";
import { Raster, rasterSize } from "../received-raster.js";

export interface PreviewSourceParts {
  readonly blobs: RemoteBlobs;
  readonly store: JobStore;
  /** By what they were made from. */
  readonly rasters: Lru<SceneRasters>;
  /** The largest photo or depth map of a request, in pixels. */
  readonly maxPixels: number;
}

/** What a preview is drawn of, under a key that says what decides it, size and purpose apart. */
export interface PreviewSource {
  readonly rasters: Rasters;
  readonly key: string;
}

type Messages = AsyncIterator<RenderPreviewRequest>;

/**
 * Yields the wish for rasters where this process does not have them. Throws JOB_NOT_FOUND,
 * JOB_NOT_READY, BLOB_NOT_FOUND, and the errors of a spec and of rasters.
 */
export async function* previewSource(
  parts: PreviewSourceParts,
  start: PreviewStart,
  messages: Messages,
  signal: AbortSignal,
): AsyncGenerator<RenderPreviewResponse, PreviewSource> {
  const asked = start.spec && askedSpec(start.spec);
  switch (start.source?.$case) {
    case "job":
      return ofJob(parts, start.source.value, asked, signal);
    case "rastersKey":
      return yield* ofKey(parts, start.source.value, asked ?? askedSpec(undefined), messages);
    default:
      throw fieldConflict("the start names neither a job nor rasters", "source");
  }
}

async function ofJob(
  { blobs, store, rasters }: PreviewSourceParts,
  name: string,
  asked: JobSpec | undefined,
  signal: AbortSignal,
): Promise<PreviewSource> {
  const id = parseJobName(name);
  const found = await store.read(id);
  if (!found) throw jobNotFound(id);
  const depth = depthOf(found.record);
  const { photo, disparity, alpha } = depth;
  const key = `${found.record.tenant} blobs ${photo.sha256} ${disparity.sha256} ${alpha?.sha256 ?? ""}`;
  const read = async () => {
    const stored = await readRasters(blobs, depth, signal);
    rasters.set(key, stored, bytesOf(stored));
    return stored;
  };
  const [spec, kept] = await Promise.all([
    asked ?? blobs.read(found.record.specBlob, signal).then(readSpec),
    rasters.get(key) ?? read(),
  ]);
  return { rasters: withSpec(kept, spec), key: keyOf(key, spec) };
}

async function* ofKey(
  { rasters, maxPixels }: PreviewSourceParts,
  rastersKey: string,
  spec: JobSpec,
  messages: Messages,
): AsyncGenerator<RenderPreviewResponse, PreviewSource> {
  const key = `sent ${rastersKey}`;
  let kept = rasters.get(key);
  if (!kept) {
    yield { kind: { $case: "rastersWanted", value: {} } };
    kept = await receive(messages, maxPixels);
    rasters.set(key, kept, bytesOf(kept));
  }
  return { rasters: withSpec(kept, spec), key: keyOf(key, spec) };
}

async function receive(messages: Messages, maxPixels: number): Promise<SceneRasters> {
  const header = await nextKind(messages);
  if (header?.$case !== "rasters") throw fieldConflict("the rasters' sizes come first", "rasters");
  const { photoSize, disparitySize } = sizesOf(header.value, maxPixels);
  const photo = new Raster("rasters.photo", 3 * photoSize.width * photoSize.height);
  const disparity = new Raster("rasters.disparity", 2 * disparitySize.width * disparitySize.height);
  const pixels = photoSize.width * photoSize.height;
  const alpha = new Raster("rasters.alpha", header.value.alpha ? pixels : 0);
  while (!photo.isWhole || !disparity.isWhole || !alpha.isWhole) {
    const kind = await nextKind(messages);
    if (kind?.$case === "photoChunk") photo.add(kind.value);
    else if (kind?.$case === "disparityChunk") disparity.add(kind.value);
    else if (kind?.$case === "alphaChunk") alpha.add(kind.value);
    else
      throw fieldConflict("only chunks may follow the sizes until all bytes are sent", "rasters");
  }
  return {
    ...{ photo: photo.whole(), photoSize },
    alpha: header.value.alpha ? alpha.whole() : undefined,
    ...{ disparity: uint16View(disparity.whole()), disparitySize },
  };
}

function sizesOf(
  { photo, disparity }: PreviewRasters,
  maxPixels: number,
): { photoSize: Size; disparitySize: Size } {
  return {
    photoSize: rasterSize("rasters.photo", photo, maxPixels),
    disparitySize: rasterSize("rasters.disparity", disparity, maxPixels),
  };
}

async function nextKind(messages: Messages): Promise<RenderPreviewRequest["kind"]> {
  const { value, done } = await messages.next();
  if (done) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "the call ended before all rasters were sent", {
      metadata: { field: "rasters" },
    });
  }
  const message: RenderPreviewRequest = value;
  return message.kind;
}

const bytesOf = ({ photo, alpha, disparity }: SceneRasters) =>
  photo.byteLength + (alpha?.byteLength ?? 0) + disparity.byteLength;

/** What of the spec cannot change a picture is left out. */
function keyOf(rasters: string, spec: JobSpec): string {
  const {
    outputs: _outputs,
    artifacts: _artifacts,
    stills: _stills,
    depth: _depth,
    ...drawn
  } = spec;
  return `${rasters} ${JSON.stringify(drawn)}`;
}
