/** Scenes as promises, frames as views of a small ring of shared memory, stills as pictures. */
import { i420Bytes } from "../../core/clip/i420.js";
import type { Size } from "../../core/clip/size.js";
import type { Note } from "../../core/job/note.js";
import { type CameraState, pixelRays, projection, type Vec2 } from "../../core/scene/camera.js";
import { planFrames } from "../../core/scene/repeats.js";
import { checkFrame, sceneNotes } from "./fit-scene.js";
import type { Census } from "./gl/census.js";
import { readBackBytes } from "./gl/frame-targets.js";
import type { GlLimits } from "./gl/limits.js";
import type { SceneData, View } from "./gl/protocol.js";
import { rgbaBytes } from "./gl/rgba.js";
import { GlThread } from "./gl-thread.js";

/** Frames drawn ahead of the reader: one being sent, one ready, one being drawn. */
const RING_SLOTS = 3;

/** Frames that a path shows again are kept within this, so that each is drawn once. */
const KEPT_BYTES = 256 * 1024 * 1024;

/**
 * A command may take this long, and as long again for each further megapixel: far above what the dearest effects cost
 * on software GL, and for a video of the default size still a sign of life within five seconds.
 */
const BUDGET_MS_PER_MEGAPIXEL = 4_000;

/** One frame, valid until the next is asked for. */
export interface RenderedFrame {
  readonly frame: number;
  readonly bytes: Uint8Array;
}

/** One picture: RGBA rows from the top, [height, width, 4]. */
export interface Picture extends Size {
  readonly rgba: Uint8Array;
}

export class Renderer {
  readonly limits: GlLimits;
  readonly #thread: GlThread;
  readonly #budgetMsPerMegapixel: number;
  #lastScene = 0;

  private constructor(thread: GlThread, limits: GlLimits, budgetMsPerMegapixel: number) {
    this.#thread = thread;
    this.limits = limits;
    this.#budgetMsPerMegapixel = budgetMsPerMegapixel;
  }

  /** Start the GL thread. Rejects with RENDERER_LOST when there is no context; `onLost` is told when it goes later. */
  static async start(
    onLost: (why: Error) => void,
    budgetMsPerMegapixel = BUDGET_MS_PER_MEGAPIXEL,
  ): Promise<Renderer> {
    const { thread, limits } = await GlThread.start(onLost);
    return new Renderer(thread, limits, budgetMsPerMegapixel);
  }

  /** Upload a scene; give it back with `close`. Throws PARAMETER_OUT_OF_RANGE for a frame that the driver cannot draw. */
  async open(data: SceneData): Promise<RenderScene> {
    const { frame, photoSize, disparitySize } = data;
    checkFrame(frame, this.limits);
    const notes = sceneNotes(photoSize, disparitySize, this.limits);
    const scene = ++this.#lastScene;
    const frameBudgetMs = this.#budgetMs(frame);
    const openBudgetMs = frameBudgetMs + this.#budgetMs(photoSize) + this.#budgetMs(disparitySize);
    await this.#thread.call({ kind: "open", scene, data }, openBudgetMs);
    return new RenderScene(data, notes, async (command) => {
      await this.#thread.call({ ...command, scene }, frameBudgetMs);
    });
  }

  /** GL objects that are alive now. */
  async census(): Promise<Census> {
    return (await this.#thread.call({ kind: "count" }, this.#budgetMsPerMegapixel)) as Census;
  }

  /** Never resolves while the driver hangs. */
  stop(): Promise<void> {
    return this.#thread.stop();
  }

  #budgetMs({ width, height }: Size): number {
    return this.#budgetMsPerMegapixel * Math.max(1, (width * height) / 1e6);
  }
}

type SceneCommand = { kind: "draw" | "still"; view: View; target: Uint8Array } | { kind: "close" };

export class RenderScene {
  readonly size: Size;
  /** What the caller should know of this scene. */
  readonly notes: readonly Note[];
  readonly #halfSides: Vec2;
  readonly #call: (command: SceneCommand) => Promise<void>;

  constructor(
    { frame, halfSides }: Pick<SceneData, "frame" | "halfSides">,
    notes: readonly Note[],
    call: (command: SceneCommand) => Promise<void>,
  ) {
    this.size = frame;
    this.notes = notes;
    this.#halfSides = halfSides;
    this.#call = call;
  }

  /** The frames of a path in order, drawn ahead while earlier ones are sent; a state that returns is drawn once. */
  async *frames(path: readonly CameraState[], signal: AbortSignal): AsyncGenerator<RenderedFrame> {
    const frameBytes = i420Bytes(this.size);
    const slotBytes = readBackBytes(this.size);
    const ring = Array.from(
      { length: RING_SLOTS },
      () => new Uint8Array(new SharedArrayBuffer(slotBytes)),
    );
    const plan = planFrames(path, Math.floor(KEPT_BYTES / frameBytes));
    const toDraw = path.flatMap((camera, frame) => (plan.source[frame] === frame ? [camera] : []));
    const kept = new Map<number, Uint8Array>();
    const drawing: Promise<void>[] = [];
    const drawUpTo = (end: number) => {
      while (drawing.length < Math.min(end, toDraw.length)) {
        const drawn = this.#draw(toDraw[drawing.length], ring[drawing.length % RING_SLOTS]);
        // Awaited in order below; a reader that leaves early must not make it unhandled.
        drawn.catch(() => {});
        drawing.push(drawn);
      }
    };
    let drawn = 0;
    for (let frame = 0; frame < path.length; frame++) {
      signal.throwIfAborted();
      // The slot of the frame sent last is free again.
      drawUpTo(drawn + RING_SLOTS);
      const source = plan.source[frame] ?? frame;
      let bytes = kept.get(source);
      if (!bytes) {
        await drawing[drawn];
        bytes = ring[drawn % RING_SLOTS]?.subarray(0, frameBytes);
        drawn += 1;
        if (bytes && plan.keepUntil.has(frame)) kept.set(frame, bytes.slice());
      }
      if (plan.keepUntil.get(source) === frame) kept.delete(source);
      if (bytes) yield { frame, bytes };
    }
  }

  /** One picture without the loss of I420. */
  async still(camera: CameraState): Promise<Picture> {
    const rgba = new Uint8Array(new SharedArrayBuffer(rgbaBytes(this.size)));
    await this.#call({ kind: "still", view: this.#viewOf(camera), target: rgba });
    return { rgba, ...this.size };
  }

  async #draw(camera: CameraState | undefined, target: Uint8Array | undefined): Promise<void> {
    if (!camera || !target) return;
    await this.#call({ kind: "draw", view: this.#viewOf(camera), target });
  }

  #viewOf(camera: CameraState): View {
    return {
      projection: projection(camera, this.size.width / this.size.height),
      rays: pixelRays(camera, this.size, this.#halfSides),
    };
  }

  close(): Promise<void> {
    return this.#call({ kind: "close" });
  }
}
