/** The made scenes: functions of a seed, with the photo and its exact disparity. */
import type { Size } from "../../core/geometry/size.js";
import { withinLongSide } from "../../core/geometry/size.js";
import { PRESETS } from "../../core/scene/presets.js";
import { seededRandom } from "../../testing/random.js";
import { castView, type Sight, sight } from "./caster.js";
import { foliage } from "./scenes/foliage.js";
import { people } from "./scenes/people.js";
import { portrait } from "./scenes/portrait.js";
import { railing } from "./scenes/railing.js";
import { street } from "./scenes/street.js";
import { table } from "./scenes/table.js";
import type { Surface } from "./surface.js";
import type { Random } from "./texture.js";

type MakeScene = (random: Random, aspect: number) => Surface[];

/** In the order in which `--scenes` counts them. */
const SCENES: Readonly<Record<string, MakeScene>> = {
  people,
  railing,
  foliage,
  table,
  portrait,
  street,
};

export const SCENE_NAMES = Object.keys(SCENES);

export interface MadeScene {
  readonly name: string;
  readonly surfaces: readonly Surface[];
  /** RGB, [height, width, 3]. */
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  /** What the photo's rays meet, three a side of a pixel. */
  readonly photoRays: Sight;
  /** Exact at the middle of each texel, in [0, 1]. */
  readonly disparity: Float32Array;
  readonly disparitySize: Size;
}

/** Longest side of a job's disparity map. */
const MAP_SIDE = 1024;

/** Throws a RangeError for an unknown name. */
export function makeScene(name: string, seed: number, size: Size): MadeScene {
  const make = SCENES[name];
  if (!make) throw new RangeError(`no scene ${name}; there are ${SCENE_NAMES.join(", ")}`);
  const surfaces = make(
    seededRandom(97 * seed + SCENE_NAMES.indexOf(name)),
    size.width / size.height,
  );
  return photographed(name, surfaces, size);
}

/** The photo of these surfaces, and its map. */
export function photographed(name: string, surfaces: readonly Surface[], size: Size): MadeScene {
  const { camera } = PRESETS.still.state(0, 1);
  const { rgb, rays } = castView(surfaces, camera, size);
  const disparitySize = withinLongSide(size, MAP_SIDE);
  return {
    ...{ name, surfaces, photo: rgb, photoSize: size, photoRays: rays },
    disparity: sight(surfaces, camera, disparitySize).disparity.map((d) => Math.max(0, d)),
    disparitySize,
  };
}

/**
 * Whether the photo hides the point (x, y, d) of a surface: what the photo sees there is another
 * surface in front of it, or the front of the same one. Undefined outside of the photo.
 */
export function hiddenInPhoto(
  { photoRays: { width, height, disparity, surface } }: MadeScene,
  x: number,
  y: number,
  d: number,
  index: number,
): boolean | undefined {
  const column = Math.floor(((x * height) / width + 1) * 0.5 * width);
  const row = Math.floor((1 - y) * 0.5 * height);
  if (column < 0 || column >= width || row < 0 || row >= height) return undefined;
  const at = row * width + column;
  const same = surface[at] === index;
  return (disparity[at] ?? 0) > d + (same ? SAME_SURFACE : OTHER_SURFACE);
}

/**
 * A ray of the photo may be a sixth of a pixel away from the point, where a surface's own slope
 * makes this difference at most; between two surfaces that meet, less is no step.
 */
const SAME_SURFACE = 0.02;
const OTHER_SURFACE = 0.004;
