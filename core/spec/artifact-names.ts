/** How the files of a job are named. */
import { POSTER_FILES } from "../output/poster.js";
import type { ArtifactKind, JobSpec } from "./spec.js";

export const DEPTH_ARTIFACT = "depth.png";

/** Pictures of the clip, which the renderer draws. */
export type StillKind = "poster" | "strip";

/**
 * What is made of the photo and its disparity map, for other programs, without drawing the clip.
 */
export type TakeawayKind = Exclude<ArtifactKind, "depth" | StillKind>;

export interface ArtifactFile {
  readonly name: string;
  readonly mediaType: string;
}

export const TAKEAWAY_FILES: Readonly<Record<TakeawayKind, ArtifactFile>> = {
  normals: { name: "normals.png", mediaType: "image/png" },
  scene: { name: "scene.glb", mediaType: "model/gltf-binary" },
  viewer: { name: "viewer.zip", mediaType: "application/zip" },
  layers: { name: "layers.zip", mediaType: "application/zip" },
};

export function isTakeaway(kind: ArtifactKind): kind is TakeawayKind {
  return Object.hasOwn(TAKEAWAY_FILES, kind);
}

export function isStill(kind: ArtifactKind): kind is StillKind {
  return kind !== "depth" && !isTakeaway(kind);
}

/** The name without its extension is the kind. */
export function stillFile(kind: StillKind, { stills }: Pick<JobSpec, "stills">): ArtifactFile {
  const { extension, mediaType } = POSTER_FILES[kind === "poster" ? stills.posterFormat : "png"];
  return { name: `${kind}${extension}`, mediaType };
}

function artifactName(kind: ArtifactKind, spec: Pick<JobSpec, "stills">): string {
  if (kind === "depth") return DEPTH_ARTIFACT;
  return isTakeaway(kind) ? TAKEAWAY_FILES[kind].name : stillFile(kind, spec).name;
}

/** Names of everything that a job makes if it succeeds, as Job.artifacts will list them. */
export function artifactNames(spec: Pick<JobSpec, "stills" | "artifacts" | "outputs">): string[] {
  const kept = spec.artifacts.map((kind) => artifactName(kind, spec));
  return [...kept, ...spec.outputs.map(({ name }) => name)];
}
