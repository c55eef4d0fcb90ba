/** Compares drawn views with the true ones, over made scenes, camera paths and kinds of maps. */
import type { Size } from "../../core/geometry/size.js";
import type { CameraState } from "../../core/scene/camera.js";
import { cameraPath, type PresetName } from "../../core/scene/presets.js";
import type { Renderer } from "../../services/render/renderer.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { castView } from "./caster.js";
import { type Decibels, Errors } from "./decibels.js";
import { type MapKind, withMap } from "./degrade.js";
import { type Flicker, flickerOf } from "./flicker.js";
import { type Regions, regionsOf } from "./regions.js";
import { hiddenInPhoto, type MadeScene, makeScene } from "./scenes.js";
import type { StereoPair } from "./stereo-pairs.js";
import { type Journey, openWay, type Way } from "./ways.js";

export const PRESETS: readonly PresetName[] = [
  "horizontal",
  "circle",
  "orbital",
  "dolly",
  "zoom",
  "dolly-zoom",
];

/** Frames of a path of 90 that are compared, and two neighbors for the flicker. */
export const PATH_FRAMES = 90;
export const MOMENTS = [20, 52] as const;
const NEIGHBOR = 21;
/** The paths on which the flicker is measured: sideways, and in all directions. */
const FLICKER_PRESETS: readonly PresetName[] = ["horizontal", "circle"];

export interface ViewsOptions {
  readonly size: Size;
  readonly seed: number;
  readonly scenes: readonly string[];
  readonly presets: readonly PresetName[];
  readonly maps: readonly MapKind[];
  readonly ways: readonly Way[];
}

/** One moment of a path as it truly looks. */
export interface Moment {
  readonly camera: CameraState;
  readonly truth: Uint8Array;
  readonly regions: Regions;
}

/** Scores of one way of drawing. */
export interface ViewScore {
  readonly scene: string;
  /** A preset, or "stereo" for the right camera of a pair. */
  readonly preset: string;
  /** A kind of map, or "measured". */
  readonly map: string;
  readonly way: Way;
  readonly decibels: Decibels;
  readonly flicker?: Flicker;
}

/** What one way drew of one scene and path; for contact sheets. */
export interface DrawnViews extends Pick<ViewScore, "scene" | "preset" | "map" | "way"> {
  readonly moments: readonly Moment[];
  readonly pictures: readonly Uint8Array[];
}

type OnDrawn = (drawn: DrawnViews) => void | Promise<void>;

/** Scores every way on made scenes. `onDrawn` gets each set of pictures as it is made. */
export async function evaluateViews(options: ViewsOptions, onDrawn: OnDrawn): Promise<ViewScore[]> {
  return withRenderer(async (renderer) => {
    const scores: ViewScore[] = [];
    for (const name of options.scenes) {
      const scene = makeScene(name, options.seed, options.size);
      const fields = options.maps.map((map) => ({ map, field: withMap(scene, map) }));
      for (const preset of options.presets) {
        const path = cameraPath({ preset, intensity: 1, phaseTurns: 0 }, PATH_FRAMES);
        const frames = [...MOMENTS, ...(FLICKER_PRESETS.includes(preset) ? [NEIGHBOR] : [])];
        const moments = frames.flatMap((frame) => momentOf(scene, path[frame], options.size));
        for (const { map, field } of fields) {
          for (const way of options.ways) {
            const journey = { field, path, frame: options.size };
            const pictures = await draw(renderer, way, journey, moments);
            const which = { scene: name, preset, map, way };
            scores.push({ ...which, ...scoreOf(pictures, moments) });
            await onDrawn({ ...which, pictures, moments });
          }
        }
      }
    }
    return scores;
  });
}

/** Scores every way on the right pictures of stereo pairs. */
export async function evaluateStereo(
  pairs: readonly StereoPair[],
  ways: readonly Way[],
  onDrawn: OnDrawn,
): Promise<ViewScore[]> {
  return withRenderer(async (renderer) => {
    const scores: ViewScore[] = [];
    for (const { name, field, frame, camera, right, regions } of pairs) {
      const moments = [{ camera, truth: right, regions }];
      for (const way of ways) {
        const pictures = await draw(renderer, way, { field, path: [camera], frame }, moments);
        const which = { scene: name, preset: "stereo", map: "measured", way };
        scores.push({ ...which, ...scoreOf(pictures, moments) });
        await onDrawn({ ...which, pictures, moments });
      }
    }
    return scores;
  });
}

export async function withRenderer<T>(use: (renderer: Renderer) => Promise<T>): Promise<T> {
  const { renderer, close } = await openRenderer();
  try {
    return await use(renderer);
  } finally {
    await close();
  }
}

async function draw(
  renderer: Renderer,
  way: Way,
  journey: Journey,
  moments: readonly Moment[],
): Promise<Uint8Array[]> {
  const open = await openWay(renderer, way, journey);
  const pictures: Uint8Array[] = [];
  for (const { camera } of moments) pictures.push(await open.picture(camera));
  await open.close();
  return pictures;
}

/** No moment where the path has no such frame. */
export function momentOf(scene: MadeScene, camera: CameraState | undefined, size: Size): Moment[] {
  if (!camera) return [];
  const view = castView(scene.surfaces, camera, size);
  const { x, y, disparity, surface } = view;
  const regions = regionsOf(view, (i) =>
    hiddenInPhoto(scene, x[i] ?? 0, y[i] ?? 0, disparity[i] ?? 0, surface[i] ?? -1),
  );
  return [{ camera, truth: view.rgb, regions }];
}

/** A moment beyond MOMENTS is the neighbor of the first one. */
function scoreOf(
  pictures: readonly Uint8Array[],
  moments: readonly Moment[],
): Pick<ViewScore, "decibels" | "flicker"> {
  const errors = new Errors();
  for (const [i] of MOMENTS.entries()) {
    const [picture, moment] = [pictures[i], moments[i]];
    if (picture && moment) errors.add(picture, moment.truth, moment.regions);
  }
  const [first, next] = [moments[0], moments[MOMENTS.length]];
  const [before, after] = [pictures[0], pictures[MOMENTS.length]];
  const flicker =
    first && next && before && after
      ? flickerOf({ before, after }, { before: first.truth, after: next.truth }, first.regions)
      : undefined;
  return { decibels: errors.decibels, ...(flicker && { flicker }) };
}
