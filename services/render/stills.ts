/** The stills that a job keeps: drawn while render holds its lease, before encode is given its order. */
import type { JobSpec } from "../../core/spec/spec.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { ArtifactRecord } from "../../pipeline/record/record.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import { stillAt } from "./build-scene.js";
import { encodePng, encodeStrip, type PngFile } from "./png.js";
import type { Picture, RenderScene } from "./renderer.js";

type StillKind = "poster" | "strip";
type StillMaker = (scene: RenderScene, spec: JobSpec) => Promise<PngFile>;

const MAKERS: Readonly<Record<StillKind, StillMaker>> = {
  poster: async (scene, spec) => encodePng(await stillAt(scene, spec, spec.stills.posterTau)),
  strip: (scene, spec) => encodeStrip(scene.size, spec.stills.stripCount, stripOf(scene, spec)),
};

/** Those that the spec asks for and no earlier attempt has left in the record. */
export async function makeStills(
  blobs: RemoteBlobs,
  { record, lease }: Pick<StageWork, "record" | "lease">,
  scene: RenderScene,
  spec: JobSpec,
): Promise<ArtifactRecord[]> {
  const writer = { job: record.id, token: lease.token };
  const kept = new Set(record.artifacts.map((artifact) => artifact.name));
  const made: ArtifactRecord[] = [];
  for (const kind of spec.artifacts) {
    const name = `${kind}.png`;
    if (kind === "depth" || kept.has(name)) continue;
    lease.signal.throwIfAborted();
    const { width, height, stored } = await inSpan(kind, {}, async () => {
      const { bytes, ...size } = await MAKERS[kind](scene, spec);
      return { ...size, stored: await blobs.write(writer, bytes, lease.signal) };
    });
    made.push({ name, mediaType: "image/png", ...stored, width, height, frames: 0 });
  }
  return made;
}

/** τ of every still that the spec may ask for. */
export function stillMoments(spec: JobSpec): number[] {
  return [spec.stills.posterTau, ...stripMoments(spec)];
}

function stripMoments({ stills: { stripCount } }: JobSpec): number[] {
  return Array.from({ length: stripCount }, (_, i) => i / stripCount);
}

async function* stripOf(scene: RenderScene, spec: JobSpec): AsyncGenerator<Picture> {
  for (const tau of stripMoments(spec)) yield stillAt(scene, spec, tau);
}
