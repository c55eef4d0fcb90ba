/**
 * The open scenes of divided clips. A worker that renders several segments of one clip opens its
 * scene once.
 */
import { DepthmeshError } from "../../core/errors.js";
import type { SceneSource } from "../../core/scene/clip/clip-scene.js";
import type { FrameState } from "../../core/scene/frame-state.js";
import type { RenderScene } from "./render-scene.js";

/** An opened scene, and the path of the whole clip. */
export interface OpenClip {
  readonly source: Pick<SceneSource, "spec">;
  readonly scene: RenderScene;
  readonly path: readonly FrameState[];
}

/**
 * How long a scene waits for the next segment. Between two segments, a worker waits for the encoder
 * to finish the first and for the queue to give it the second.
 */
const IDLE_MS = 10_000;

/** What holds a scene that can be closed. */
interface HasScene {
  readonly scene: Pick<RenderScene, "close">;
}

interface Kept<T> {
  readonly opened: Promise<T>;
  users: number;
  timer?: NodeJS.Timeout;
}

export class DividedScenes<T extends HasScene = OpenClip> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #onError: (error: unknown) => void;
  readonly #idleMs: number;

  constructor(onError: (error: unknown) => void, idleMs = IDLE_MS) {
    this.#onError = onError;
    this.#idleMs = idleMs;
  }

  /** Takes over an open scene, whose first user is yet to come. */
  keep(division: string, clip: T): void {
    if (this.#kept.has(division)) {
      this.#close(Promise.resolve(clip));
      return;
    }
    this.#closeIdle();
    this.#rest(division, { opened: Promise.resolve(clip), users: 0 });
  }

  /** Calls `use` with the scene of the division; `open` opens it if it is not open here. */
  async use<R>(division: string, open: () => Promise<T>, use: (clip: T) => Promise<R>): Promise<R> {
    const known = this.#kept.get(division);
    const kept = known ?? this.#begin(division, open);
    clearTimeout(kept.timer);
    kept.users += 1;
    try {
      const clip = await kept.opened.catch((error) => {
        // Whoever opened it may have been stopped, which says nothing about this user.
        if (known) throw new DepthmeshError("SERVICE_UNAVAILABLE", "no scene", { cause: error });
        throw error;
      });
      return await use(clip);
    } catch (error) {
      // What failed may lie in the scene: the next attempt opens another.
      if (this.#kept.get(division) === kept) this.#kept.delete(division);
      throw error;
    } finally {
      kept.users -= 1;
      if (kept.users === 0) {
        if (this.#kept.get(division) === kept) this.#rest(division, kept);
        else this.#close(kept.opened);
      }
    }
  }

  #begin(division: string, open: () => Promise<T>): Kept<T> {
    // The renderer holds no scene that nobody may come back for.
    this.#closeIdle();
    const kept: Kept<T> = { opened: open(), users: 0 };
    this.#kept.set(division, kept);
    return kept;
  }

  /** Closes what nobody uses. */
  stop(): void {
    this.#closeIdle();
  }

  #rest(division: string, kept: Kept<T>): void {
    this.#kept.set(division, kept);
    kept.timer = setTimeout(() => this.#drop(division, kept), this.#idleMs).unref();
  }

  #closeIdle(): void {
    for (const [division, kept] of this.#kept) if (kept.users === 0) this.#drop(division, kept);
  }

  #drop(division: string, kept: Kept<T>): void {
    clearTimeout(kept.timer);
    this.#kept.delete(division);
    this.#close(kept.opened);
  }

  #close(opened: Promise<T>): void {
    opened
      .then(
        ({ scene }) => scene.close(),
        () => {},
      )
      .catch(this.#onError);
  }
}
