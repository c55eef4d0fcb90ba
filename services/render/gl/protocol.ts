/** Messages between the main thread and the GL thread, the only thread that may call GL. */
import type { SceneData } from "../../../core/scene/clip/scene-data.js";
import type { GlLimits, ObjectCounts } from "../../../drawing/driver.js";
import type { DrawnFrame, SceneFacts } from "../../../drawing/scene-drawing.js";
import type { I420Choice } from "./i420-reader.js";

export interface DrawRequest extends DrawnFrame {
  readonly scene: number;
  /**
   * What is written to `target`: a video's frame (i420), a still (rgb), or either with straight
   * alpha (rgba), which only a transparent scene has. RGB has the top row first.
   */
  readonly format: "i420" | "rgb" | "rgba";
  /** Shared memory; of I420 in the memory of the last request `memory`. */
  readonly target: Uint8Array;
}

/** Requests to the GL thread, and their results. A lost context is no reply: the thread ends. */
export interface GlCalls {
  /** Answered once the context is there. */
  limits: { request: undefined; result: GlLimits };
  /** Measures in which way I420 is cheaper, and reads in it from then on. */
  chooseI420: { request: undefined; result: I420Choice };
  /** Shared memory for the frames that follow; undefined lets go of the last one. */
  memory: { request: WebAssembly.Memory | undefined; result: undefined };
  open: { request: { readonly scene: number; readonly data: SceneData }; result: SceneFacts };
  draw: { request: DrawRequest; result: undefined };
  close: { request: { readonly scene: number }; result: undefined };
  count: { request: undefined; result: ObjectCounts };
}
