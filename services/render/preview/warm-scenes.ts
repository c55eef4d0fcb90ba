/**
 * Scenes that stay open between previews, because opening one costs many times as much as drawing
 * it. Those that nobody uses are closed when others need the room, or after a while.
 */
import type { SceneData } from "../../../core/scene/clip/scene-data.js";
import type { RenderScene } from "../render-scene.js";

/** An open scene with what was computed for it. */
export interface WarmScene<T> {
  readonly scene: Pick<RenderScene, "close">;
  readonly facts: T;
  /** Memory that it holds, about. */
  readonly bytes: number;
}

interface Entry<T> {
  readonly opening: Promise<WarmScene<T>>;
  users: number;
  bytes: number;
  usedAtMs: number;
}

/** Nobody looks at a scene any more that was not drawn for so long. */
const IDLE_MS = 120_000;
const CHECK_MS = 10_000;

export interface WarmScenesOptions {
  /** The most memory of scenes that nobody uses, about. */
  readonly capacityBytes: number;
  readonly onError: (error: unknown) => void;
}

export class WarmScenes<T> {
  readonly #options: WarmScenesOptions;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: WarmScenesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#closeIdle(), CHECK_MS).unref();
  }

  /**
   * The scene of this key, opened by `open` unless it is open; it stays open until `release`. Calls
   * of the same key share one opening, and its error.
   */
  async take(
    key: string,
    open: () => Promise<WarmScene<T>>,
  ): Promise<{ readonly warm: WarmScene<T>; release(): void }> {
    const entry = this.#entries.get(key) ?? this.#begin(key, open);
    entry.users += 1;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      entry.users -= 1;
      entry.usedAtMs = Date.now();
      this.#makeRoom();
    };
    try {
      return { warm: await entry.opening, release };
    } catch (error) {
      // The next call tries anew.
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** Closes those that nobody uses. */
  closeUnused(): void {
    for (const [key, entry] of this.#entries) if (entry.users === 0) this.#close(key, entry);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #begin(key: string, open: () => Promise<WarmScene<T>>): Entry<T> {
    const entry: Entry<T> = { opening: open(), users: 0, bytes: 0, usedAtMs: Date.now() };
    this.#entries.set(key, entry);
    entry.opening.then(
      ({ bytes }) => {
        entry.bytes = bytes;
        this.#makeRoom();
      },
      () => {},
    );
    return entry;
  }

  #makeRoom(): void {
    let bytes = [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [key, entry] of this.#entries) {
      if (bytes <= this.#options.capacityBytes) return;
      if (entry.users > 0) continue;
      bytes -= entry.bytes;
      this.#close(key, entry);
    }
  }

  #closeIdle(): void {
    const oldestMs = Date.now() - IDLE_MS;
    for (const [key, entry] of this.#entries) {
      if (entry.users === 0 && entry.usedAtMs < oldestMs) this.#close(key, entry);
    }
  }

  #close(key: string, { opening }: Entry<T>): void {
    this.#entries.delete(key);
    opening.then(({ scene }) => scene.close()).catch(this.#options.onError);
  }
}

/**
 * About what an open scene holds: targets of several formats for each drawn pixel, the photo with
 * its hidden sheet, and meshes.
 */
export function sceneBytes({ frame, ssaa = 1, geometry, disparity }: SceneData): number {
  const drawn = frame.width * frame.height * ssaa ** 2;
  const { width, height } = geometry.texture;
  return 32 * drawn + 12 * width * height + 8 * disparity.length;
}
