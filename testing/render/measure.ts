/** Measures the speed of one scene along one camera path, and how closely it follows the map. */
import type { CameraState } from "../../core/scene/camera.js";
import type { Edges } from "../../core/scene/edges.js";
import { type SceneGeometry, sceneGeometry } from "../../core/scene/geometry.js";
import type { SceneMesh } from "../../core/scene/mesh/mesh.js";
import { sceneMesh } from "../../core/scene/mesh/scene-mesh.js";
import { cameraPath, type PresetName } from "../../core/scene/presets.js";
import type { Quality } from "../../core/scene/quality.js";
import { type Sheet, sheetsOf } from "../../drawing/sheets.js";
import type { BenchScene } from "./scenes.js";
import {
  type March,
  type ReadBack,
  type Stage,
  type StagedScene,
  stretchedSheet,
} from "./stage.js";

const PATH_FRAMES = 90;
/** The frames that are timed, and the frame that is compared with the reference. */
const TIMED = [5, 21, 38, 56, 74];
const COMPARED = 27;

/**
 * A usual ray march at quality 0.5: halfway between 50 and 120 probes, 1/200 and 1/2000 back-steps.
 */
export const MARCH: March = { probes: 85, backSteps: 1100, bisections: 0 };
/** A converged march: 2 000 probes, then bisection to 1e-5. */
const REFERENCE: March = { probes: 2000, backSteps: 1, bisections: 6 };

/**
 * Intensities at which presets move near things much more than far ones, which is harder to draw
 * than their normal strength. Others are measured at 1.
 */
const HARD_INTENSITIES: Partial<Record<PresetName, number>> = { dolly: 2, zoom: 4 };

export interface BuiltSheets {
  readonly geometry: SceneGeometry;
  readonly sheets: readonly Sheet[];
  /** Processor time of all threads. */
  readonly buildCpuMs: number;
}

/** One scene along one camera path, at the frame size of a stage. */
export class Case {
  readonly scene: BenchScene;
  readonly path: readonly CameraState[];
  readonly stage: Stage;

  constructor(stage: Stage, scene: BenchScene, preset: PresetName, intensity?: number) {
    this.stage = stage;
    this.scene = scene;
    const strength = intensity ?? HARD_INTENSITIES[preset] ?? 1;
    this.path = cameraPath({ preset, intensity: strength, phaseTurns: 0 }, PATH_FRAMES);
  }

  /** Builds the mesh that the service draws, and times it. */
  build(quality: Quality): { mesh: SceneMesh; buildMs: number } {
    const { disparity, disparitySize } = this.scene;
    const startedAtMs = performance.now();
    const { detail, extent } = this.geometry(quality);
    const mesh = sceneMesh(disparity, disparitySize, detail, extent);
    return { mesh, buildMs: performance.now() - startedAtMs };
  }

  /** Builds the sheets that the service draws, and times it. */
  sheets(quality: Quality, edges: Edges): BuiltSheets {
    const geometry = this.geometry(quality, edges);
    const startedAt = process.cpuUsage();
    const sheets = sheetsOf({ ...this.scene, geometry });
    const { user, system } = process.cpuUsage(startedAt);
    return { geometry, sheets, buildCpuMs: (user + system) / 1000 };
  }

  /** Uploads the scene with `mesh`, stretched over edges, for the duration of `use`. */
  with<T>(mesh: SceneMesh, use: (staged: StagedScene) => T): T {
    const sheets = [stretchedSheet(this.scene, mesh)];
    return this.withSheets({ geometry: this.geometry("fast", "stretch"), sheets }, use);
  }

  /** Uploads the scene with these sheets for the duration of `use`. */
  withSheets<T>(
    { geometry, sheets }: Pick<BuiltSheets, "geometry" | "sheets">,
    use: (staged: StagedScene) => T,
  ): T {
    const staged = this.stage.open(this.scene, geometry, sheets);
    try {
      return use(staged);
    } finally {
      staged.close();
    }
  }

  /** Frames per second over five camera states, each drawn and read back. */
  framesPerSecond(staged: StagedScene, readBack: ReadBack, march?: March): number {
    const states = TIMED.flatMap((frame) => this.path[frame] ?? []);
    const [first] = states;
    if (first) staged.picture(first, readBack, march);
    const startedAtMs = performance.now();
    for (const state of states) staged.picture(state, readBack, march);
    return (1000 * states.length) / (performance.now() - startedAtMs);
  }

  /** The picture of a converged march. */
  reference(staged: StagedScene): Uint8Array {
    return staged.picture(this.#compared, "RGBA", REFERENCE).slice();
  }

  /** Peak signal-to-noise ratio against `reference`, in dB over R, G and B. */
  decibels(staged: StagedScene, reference: Uint8Array, march?: March): number {
    return psnr(staged.picture(this.#compared, "RGBA", march), reference);
  }

  geometry(quality: Quality, edges: Edges = "stretch"): SceneGeometry {
    const { photoSize, disparitySize } = this.scene;
    const sizes = { photo: photoSize, disparity: disparitySize, frame: this.stage.frame };
    return sceneGeometry(sizes, this.path, quality, edges);
  }

  get #compared(): CameraState {
    const state = this.path[COMPARED];
    if (!state) throw new Error("the path is too short");
    return state;
  }
}

/** Peak signal-to-noise ratio of two RGBA pictures, in dB over R, G and B. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    if (i % 4 !== 3) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10((255 * 255 * 0.75 * a.length) / Math.max(1e-9, sum));
}
