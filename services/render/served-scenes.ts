/**
 * The scenes whose frames encode may pull from this process (rules 7 and 9), by job. A newer pull
 * ends the older one.
 */
import { DepthmeshError } from "../../core/errors.js";
import type { FrameRate } from "../../core/geometry/timing.js";
import type { FrameState } from "../../core/scene/frame-state.js";
import type { RenderScene } from "./render-scene.js";

export interface ServedScene {
  readonly generation: number;
  readonly scene: Pick<RenderScene, "size" | "frames" | "transparent">;
  readonly path: readonly FrameState[];
  /** Number of the path's first frame in the clip. */
  readonly firstFrame: number;
  readonly frameRate: FrameRate;
  /** Fires when the job ends or render loses its lease. */
  readonly signal: AbortSignal;
  /** Called with the fraction of frames sent. */
  readonly report: (fraction: number) => void;
}

export class ServedScenes {
  readonly #scenes = new Map<string, ServedScene>();
  readonly #pulls = new Map<string, AbortController>();

  /**
   * Adds the scene of a job; a newer generation replaces an older one, never the other way around.
   */
  add(job: string, scene: ServedScene): void {
    const { generation = 0 } = this.#scenes.get(job) ?? {};
    if (scene.generation >= generation) this.#scenes.set(job, scene);
  }

  /**
   * Removes the scene of this generation. Another slot of this process may serve a newer one by
   * now, which stays.
   */
  remove(job: string, generation: number): void {
    if (this.#scenes.get(job)?.generation !== generation) return;
    this.#scenes.delete(job);
    this.#pulls.get(job)?.abort(sourceLost());
    this.#pulls.delete(job);
  }

  /** Throws FRAME_SOURCE_LOST when this process does not serve that generation of the job. */
  find(job: string, generation: number): ServedScene {
    const scene = this.#scenes.get(job);
    if (!scene || scene.generation !== generation) throw sourceLost();
    return scene;
  }

  /**
   * Begins a pull of the job and aborts the one before it. The signal fires when this one is
   * superseded or its scene removed.
   */
  beginPull(job: string): AbortSignal {
    const superseded = new DepthmeshError("PULL_SUPERSEDED", "a newer pull reads these frames");
    this.#pulls.get(job)?.abort(superseded);
    const controller = new AbortController();
    this.#pulls.set(job, controller);
    return controller.signal;
  }
}

function sourceLost(): DepthmeshError {
  return new DepthmeshError("FRAME_SOURCE_LOST", "these frames are not served here");
}
