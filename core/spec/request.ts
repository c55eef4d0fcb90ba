/**
 * The specification of a job as the caller requests it. Everything may be absent, and nothing is
 * checked yet.
 */

import type { FrameRate } from "../geometry/timing.js";
import type { OutputRequest } from "../output/spec.js";
import type { ParameterValue } from "./parameters/row.js";
import type { FieldName } from "./parameters.js";
import type { ArtifactKind, DegradePolicy, Priority } from "./spec.js";

export interface ComponentRequest {
  readonly kind: string;
  readonly amplitude?: number | undefined;
  readonly bias?: number | undefined;
  readonly cycles?: number | undefined;
  readonly phase?: number | undefined;
  readonly reverse?: boolean | undefined;
}

export interface KeyframeRequest {
  readonly tau: number;
  readonly value: number;
  readonly easing?: string | undefined;
}

/** Exactly one of components, keyframes and values must be present. */
export interface MotionRequest {
  readonly parameter: string;
  readonly components?: readonly ComponentRequest[] | undefined;
  readonly keyframes?: readonly KeyframeRequest[] | undefined;
  readonly values?: readonly number[] | undefined;
}

/** Describes a depth map supplied by the caller. */
export interface MapRequest {
  readonly format?: string | undefined;
  readonly polarity?: string | undefined;
  readonly orientation?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

export interface SpecRequest {
  readonly model?: string | undefined;
  readonly depthMap?: MapRequest | undefined;
  readonly preset?: string | undefined;
  readonly frameRate?: FrameRate | undefined;
  /** The parameters that have one field each. */
  readonly fields: Readonly<Partial<Record<FieldName, ParameterValue>>>;
  readonly motions: readonly MotionRequest[];
  readonly outputs: readonly OutputRequest[];
  readonly artifacts: readonly ArtifactKind[];
  readonly priority?: Priority | undefined;
  readonly degradePolicy?: DegradePolicy | undefined;
}
