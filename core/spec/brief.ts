/**
 * The part of a specification that a list of jobs shows. It is short, whatever the specification,
 * and is kept in the job record, so that a list reads no specification.
 */
import type { Codec } from "../output/codecs.js";
import type { Container } from "../output/containers.js";
import type { PresetName } from "../scene/presets.js";
import type { ArtifactKind, ClipSpec, JobSpec, Priority } from "./spec.js";

export interface SpecBrief {
  readonly model: string;
  readonly preset: PresetName;
  readonly clip: ClipSpec;
  readonly outputs: readonly { readonly container: Container; readonly codec: Codec }[];
  readonly artifacts: readonly ArtifactKind[];
  readonly priority: Priority;
}

export function briefOf(spec: JobSpec): SpecBrief {
  const { model, camera, clip, outputs, artifacts, priority } = spec;
  return {
    ...{ model, preset: camera.preset, clip, artifacts, priority },
    outputs: outputs.map(({ container, codec }) => ({ container, codec })),
  };
}
