/** The canvas of the scene and its WebGL context: opens scenes, and shows or reads their frames. */
import { DepthmeshError } from "../../../../core/errors.js";
import type { Size } from "../../../../core/geometry/size.js";
import type { SceneData } from "../../../../core/scene/clip/scene-data.js";
import type { Quality } from "../../../../core/scene/quality.js";
import type { Note } from "../../../../core/spec/note.js";
import type { BuiltScene } from "../../../../drawing/build-scene.js";
import { type ColorTarget, readRgba } from "../../../../drawing/color-target.js";
import {
  ContextLostError,
  checkErrors,
  type GlLimits,
  isSoftwareRenderer,
  OutOfMemoryError,
} from "../../../../drawing/driver.js";
import { checkFrame } from "../../../../drawing/fit-scene.js";
import { drawingContext } from "../../../../drawing/program.js";
import { type DrawnScene, SceneDrawing } from "../../../../drawing/scene-drawing.js";
import { viewsOf } from "../../../../drawing/view.js";
import { bundledShaders } from "./bundled-shaders.js";
import type { LiveFrame } from "./live-plan.js";

/** Straight RGBA, the top row first. */
export interface RgbaPicture extends Size {
  readonly rgba: Uint8Array;
  readonly transparent: boolean;
}

interface OpenScene {
  /** What it was built for. */
  readonly data: SceneData;
  readonly drawn: DrawnScene;
}

export class GlSurface {
  readonly gl: WebGL2RenderingContext;
  readonly renderer: string;
  readonly #canvas: OffscreenCanvas;
  #drawing: SceneDrawing;
  #open: OpenScene | undefined;

  /** Throws RENDERER_LOST where the browser has no WebGL 2. */
  constructor(canvas: OffscreenCanvas) {
    const gl = canvas.getContext("webgl2", {
      // Frames may be transparent, and have straight alpha as files have.
      alpha: true,
      premultipliedAlpha: false,
      antialias: false,
      depth: false,
      powerPreference: "high-performance",
    });
    if (!gl) {
      const message = "this browser has no WebGL 2, which draws the scene";
      throw new DepthmeshError("RENDERER_LOST", message);
    }
    this.gl = gl;
    this.#canvas = canvas;
    this.renderer = rendererOf(gl);
    this.#drawing = new SceneDrawing(drawingContext(gl, bundledShaders));
  }

  get limits(): GlLimits {
    return this.#drawing.limits;
  }

  get isSoftware(): boolean {
    return isSoftwareRenderer(this.renderer);
  }

  /** Where a specification names none, as the render service has it. */
  get quality(): Quality {
    return this.isSoftware ? "fast" : "fine";
  }

  /** What is open. */
  get openData(): SceneData | undefined {
    return this.#open?.data;
  }

  get notes(): readonly Note[] {
    return this.#open?.drawn.facts.notes ?? [];
  }

  /** Calls `restored` when the driver has given the context back, without any scene. */
  onRestored(restored: () => void): void {
    this.#canvas.addEventListener("webglcontextlost", (event) => {
      // Otherwise it is never given back.
      event.preventDefault();
      this.#open = undefined;
    });
    this.#canvas.addEventListener("webglcontextrestored", () => {
      this.#drawing = new SceneDrawing(drawingContext(this.gl, bundledShaders));
      restored();
    });
  }

  /**
   * Replaces the scene that is shown by one that was built for `data`; does nothing while the
   * context is lost. Throws PARAMETER_OUT_OF_RANGE for a frame that is too large and RENDERER_LOST,
   * and GPU_OUT_OF_MEMORY where there is none even without the scene that was open.
   */
  open(data: SceneData, built: BuiltScene): void {
    if (this.gl.isContextLost()) return;
    const frame = data.stereo?.composed ?? data.frame;
    const drawn = this.#uploadedInPlace(built);
    this.close();
    this.#open = { data, drawn };
    if (this.#canvas.width !== frame.width) this.#canvas.width = frame.width;
    if (this.#canvas.height !== frame.height) this.#canvas.height = frame.height;
  }

  close(): void {
    this.#open?.drawn.close();
    this.#open = undefined;
  }

  /** Draws a frame of the open scene on the canvas; nothing while the context is lost. */
  show(frame: LiveFrame): void {
    if (!this.#open || this.gl.isContextLost()) return;
    const { data, drawn } = this.#open;
    this.#present(drawFrame(drawn, data, frame), data.transparent ?? false);
  }

  /** Draws one frame of another scene and reads it. Throws like `open`. */
  picture(data: SceneData, built: BuiltScene, frame: LiveFrame): RgbaPicture {
    const drawn = this.#uploaded(built);
    try {
      const target = drawFrame(drawn, data, frame);
      const rgba = new Uint8Array(4 * target.size.width * target.size.height);
      this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, target.framebuffer);
      readRgba(this.gl, target.size, rgba);
      checkErrors(this.gl, "a still");
      return { ...target.size, rgba, transparent: data.transparent ?? false };
    } finally {
      drawn.close();
    }
  }

  /** Uploads beside the open scene, which makes room if it must. */
  #uploadedInPlace(built: BuiltScene): DrawnScene {
    try {
      return this.#uploaded(built);
    } catch (error) {
      const isFull = error instanceof DepthmeshError && error.reason === "GPU_OUT_OF_MEMORY";
      if (!isFull || !this.#open) throw error;
      this.close();
      return this.#uploaded(built);
    }
  }

  #uploaded(built: BuiltScene): DrawnScene {
    checkFrame(built.stereo?.composed ?? built.frame, this.limits);
    try {
      return this.#drawing.upload(built);
    } catch (error) {
      if (error instanceof OutOfMemoryError) {
        throw new DepthmeshError("GPU_OUT_OF_MEMORY", error.message, { cause: error });
      }
      if (error instanceof ContextLostError) {
        throw new DepthmeshError("RENDERER_LOST", error.message, { cause: error });
      }
      throw error;
    }
  }

  #present({ framebuffer, size: { width, height } }: ColorTarget, transparent: boolean): void {
    const { gl } = this;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, framebuffer);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    const { COLOR_BUFFER_BIT, NEAREST } = gl;
    gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, COLOR_BUFFER_BIT, NEAREST);
    if (transparent) return;
    // The alpha of an opaque scene holds the disparity.
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.colorMask(false, false, false, true);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(COLOR_BUFFER_BIT);
    gl.clearColor(0, 0, 0, 0);
    gl.colorMask(true, true, true, true);
  }
}

function drawFrame(drawn: DrawnScene, data: SceneData, { state, frame }: LiveFrame): ColorTarget {
  const views = viewsOf(state.camera, data, drawn.facts.drawnSize);
  return drawn.draw({ views, effects: state.effects, frame });
}

/** Some browsers have it under the name of the driver only. */
function rendererOf(gl: WebGL2RenderingContext): string {
  const unmasked = gl.getExtension("WEBGL_debug_renderer_info");
  const name = unmasked ? unmasked.UNMASKED_RENDERER_WEBGL : gl.RENDERER;
  return String(gl.getParameter(name) ?? "");
}
