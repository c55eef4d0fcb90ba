/** How the files of a job are named. */
import { POSTER_FILES } from "../output/poster.js";
import type { ArtifactKind, JobSpec } from "./spec.js";

export const DEPTH_ARTIFACT = "depth.png";

export type StillKind = Exclude<ArtifactKind, "depth">;

/** The name without its extension is the kind. */
export function stillFile(
  kind: StillKind,
  { stills }: Pick<JobSpec, "stills">,
): { readonly name: string; readonly mediaType: string } {
  const { extension, mediaType } = POSTER_FILES[kind === "poster" ? stills.posterFormat : "png"];
  return { name: `${kind}${extension}`, mediaType };
}

/** Names of everything that a job makes if it succeeds, as Job.artifacts will list them. */
export function artifactNames(spec: Pick<JobSpec, "stills" | "artifacts" | "outputs">): string[] {
  const kept = spec.artifacts.map((kind) =>
    kind === "depth" ? DEPTH_ARTIFACT : stillFile(kind, spec).name,
  );
  return [...kept, ...spec.outputs.map(({ name }) => name)];
}
