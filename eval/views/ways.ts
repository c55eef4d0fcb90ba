/** The ways of drawing a moved view that are compared: a converged march, and our qualities. */
import type { Size } from "../../core/geometry/size.js";
import type { CameraState } from "../../core/scene/camera.js";
import type { Edges } from "../../core/scene/edges.js";
import { NO_EFFECTS } from "../../core/scene/effects.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { QUALITIES, type Quality } from "../../core/scene/quality.js";
import type { Renderer } from "../../services/render/renderer.js";
import { type HeightField, march } from "./march.js";

export const MARCH = "march";
/** A quality as jobs have it, and stretched over silhouettes. */
export const WAYS = [MARCH, ...QUALITIES, ...QUALITIES.map(stretched)] as const;
export type Way = typeof MARCH | Quality | `${Quality}-stretch`;

/** What is compared unless the caller says otherwise. */
export const USUAL_WAYS: readonly Way[] = [MARCH, ...QUALITIES];

function stretched(quality: Quality): `${Quality}-stretch` {
  return `${quality}-stretch`;
}

/** A photo with a map along a camera path. */
export interface Journey {
  readonly field: HeightField;
  readonly path: readonly CameraState[];
  readonly frame: Size;
}

export interface OpenWay {
  /** RGB of one frame, [height, width, 3]. */
  picture(camera: CameraState): Promise<Uint8Array>;
  close(): Promise<void>;
}

export async function openWay(renderer: Renderer, way: Way, journey: Journey): Promise<OpenWay> {
  for (const quality of QUALITIES) {
    if (way === quality) return openDrawn(renderer, quality, "fill", journey);
    if (way === stretched(quality)) return openDrawn(renderer, quality, "stretch", journey);
  }
  return {
    picture: async (camera) => march(journey.field, camera, journey.frame),
    close: async () => {},
  };
}

/** As a job draws it. */
async function openDrawn(
  renderer: Renderer,
  quality: Quality,
  edges: Edges,
  { field, path, frame }: Journey,
): Promise<OpenWay> {
  const { photo, photoSize, disparitySize } = field;
  const sizes = { photo: photoSize, disparity: disparitySize, frame };
  const scene = await renderer.open({
    ...{ photo, photoSize, disparitySize, frame },
    disparity: Uint16Array.from(field.disparity, (d) => Math.round(65535 * d)),
    geometry: sceneGeometry(sizes, path, quality, edges),
  });
  return {
    picture: async (camera) => (await scene.still({ camera, effects: NO_EFFECTS }, 0)).rgb,
    close: () => scene.close(),
  };
}
