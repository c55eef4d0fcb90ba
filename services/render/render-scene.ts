/**
 * A scene that the GL thread holds: its frames, drawn ahead of their reader into shared memory, and
 * its stills.
 */
import type { Size } from "../../core/geometry/size.js";
import { i420Bytes } from "../../core/geometry/size.js";
import { overWhite } from "../../core/output/alpha.js";
import type { SceneData } from "../../core/scene/clip/scene-data.js";
import type { FrameState } from "../../core/scene/frame-state.js";
import { planFrames } from "../../core/scene/repeats.js";
import type { Note } from "../../core/spec/note.js";
import { rgbaBytes, rgbBytes } from "../../drawing/color-target.js";
import type { SceneFacts } from "../../drawing/scene-drawing.js";
import { viewsOf } from "../../drawing/view.js";
import type { FrameMemory } from "./frame-memory.js";
import type { DrawRequest } from "./gl/protocol.js";

/** Frames in memory at once: one being sent, one ready, one being drawn. */
const DRAWN_AHEAD = 3;

/**
 * One frame: I420, or RGBA with straight alpha of a transparent scene. `bytes` is shared memory,
 * and valid until the next frame is requested or the frames are left.
 */
export interface RenderedFrame {
  readonly frame: number;
  readonly bytes: Uint8Array;
}

/** One picture: RGB, [height, width, 3], the top row first. */
export interface Picture extends Size {
  readonly rgb: Uint8Array;
}

/** One picture with transparency: straight RGBA, [height, width, 4], the top row first. */
export interface TransparentPicture extends Size {
  readonly rgba: Uint8Array;
}

/** The requests of one scene to the GL thread, and the memory for its frames. */
export interface SceneCalls {
  readonly memory: FrameMemory;
  /** For frames that a path shows again later, so that each is drawn only once. */
  readonly keptBytes: number;
  draw(request: Omit<DrawRequest, "scene">): Promise<void>;
  close(): Promise<void>;
}

export class RenderScene {
  /** The size of the frame. */
  readonly size: Size;
  /** Whether its frames are RGBA with straight alpha; otherwise they are I420. */
  readonly transparent: boolean;
  /** Where the scene differs from what was requested; shown in the job's result. */
  readonly notes: readonly Note[];
  readonly #drawnSize: Size;
  readonly #data: Pick<SceneData, "geometry" | "stereo">;
  readonly #calls: SceneCalls;

  constructor(
    data: Pick<SceneData, "frame" | "geometry" | "transparent" | "stereo">,
    { drawnSize, notes }: SceneFacts,
    calls: SceneCalls,
  ) {
    this.size = sizeOf(data);
    this.transparent = data.transparent ?? false;
    this.notes = notes;
    this.#drawnSize = drawnSize;
    this.#data = { geometry: data.geometry, ...(data.stereo && { stereo: data.stereo }) };
    this.#calls = calls;
  }

  /**
   * The frames of a path in order. Draws ahead while earlier frames are sent, and draws a state
   * that returns only once. `firstFrame` is the number of the path's first frame in the clip, which
   * seeds its grain.
   */
  async *frames(
    path: readonly FrameState[],
    signal: AbortSignal,
    firstFrame = 0,
  ): AsyncGenerator<RenderedFrame> {
    const frameBytes = this.transparent ? rgbaBytes(this.size) : i420Bytes(this.size);
    const { memory, keptBytes } = this.#calls;
    const plan = planFrames(path, Math.floor(keptBytes / frameBytes));
    const toDraw = [...path.keys()].filter((frame) => plan.source[frame] === frame);
    const slots = new Map<number, Uint8Array>();
    const drawing: Promise<void>[] = [];
    const drawUpTo = (end: number) => {
      while (drawing.length < Math.min(end, toDraw.length)) {
        const frame = toDraw[drawing.length] ?? 0;
        const slot = memory.take(frameBytes);
        slots.set(frame, slot);
        const drawn = this.#draw(path[frame], firstFrame + frame, slot);
        // Awaited in order below. A reader that leaves early must not leave an unhandled rejection.
        drawn.catch(() => {});
        drawing.push(drawn);
      }
    };
    const giveBack = (frame: number) => {
      const slot = slots.get(frame);
      if (slot) memory.giveBack(slot);
      slots.delete(frame);
    };
    let drawn = 0;
    try {
      for (let frame = 0; frame < path.length; frame++) {
        signal.throwIfAborted();
        drawUpTo(drawn + DRAWN_AHEAD);
        const source = plan.source[frame] ?? frame;
        if (source === frame) await drawing[drawn++];
        const bytes = slots.get(source);
        if (bytes) yield { frame, bytes };
        // The reader has finished with this frame; one that is shown again stays where it is.
        if ((plan.keepUntil.get(source) ?? source) === frame) giveBack(source);
      }
    } finally {
      // The GL thread may still write into the slots of a reader that has left early.
      void Promise.allSettled(drawing).then(() => [...slots.keys()].forEach(giveBack));
    }
  }

  /**
   * Draws one picture in RGB, without the loss of I420, and over white if the scene is transparent.
   * `frame` is its number in the clip, which seeds its grain. An opaque scene draws into the shared
   * memory `into`, if it is given.
   */
  async still(state: FrameState, frame: number, into?: Uint8Array): Promise<Picture> {
    if (this.transparent) {
      const { rgba, ...size } = await this.transparentStill(state, frame);
      return { rgb: overWhite(rgba), ...size };
    }
    const rgb = into ?? new Uint8Array(new SharedArrayBuffer(rgbBytes(this.size)));
    await this.#calls.draw({ ...this.#drawing(state, frame), format: "rgb", target: rgb });
    return { rgb, ...this.size };
  }

  /** Draws one picture of a transparent scene with its alpha. */
  async transparentStill(state: FrameState, frame: number): Promise<TransparentPicture> {
    const rgba = new Uint8Array(new SharedArrayBuffer(rgbaBytes(this.size)));
    await this.#calls.draw({ ...this.#drawing(state, frame), format: "rgba", target: rgba });
    return { rgba, ...this.size };
  }

  async #draw(state: FrameState | undefined, frame: number, target: Uint8Array | undefined) {
    if (!state || !target) return;
    const format = this.transparent ? "rgba" : "i420";
    await this.#calls.draw({ ...this.#drawing(state, frame), format, target });
  }

  #drawing({ camera, effects }: FrameState, frame: number) {
    return { views: viewsOf(camera, this.#data, this.#drawnSize), effects, frame };
  }

  close(): Promise<void> {
    return this.#calls.close();
  }
}

/** The size of the frames, which hold the views of both eyes. */
export function sizeOf({ frame, stereo }: Pick<SceneData, "frame" | "stereo">): Size {
  return stereo?.composed ?? frame;
}
