/**
 * Draws scenes with one GL context: uploads their meshes and textures, and composes whole frames of
 * what the passes draw. Reading the frames, or showing them, is left to the caller.
 */
import { type Size, scaled } from "../core/geometry/size.js";
import type { SceneData } from "../core/scene/clip/scene-data.js";
import type { EffectState } from "../core/scene/effects.js";
import type { Note } from "../core/spec/note.js";
import { type BuiltScene, buildScene } from "./build-scene.js";
import type { ColorTarget } from "./color-target.js";
import { checkErrors, type GlLimits, readLimits } from "./driver.js";
import { needsDisparity } from "./effects/depth-of-field.js";
import { PassRunner } from "./effects/effect-pass.js";
import { fittingFactor } from "./fit-scene.js";
import { createFrameTargets, FrameComposer, type FrameTargets } from "./frame-composer.js";
import type { DrawingContext } from "./program.js";
import { freeScene, type SceneBuffers, uploadScene } from "./scene-buffers.js";
import { drawScene } from "./scene-pass.js";
import { ScenePrograms } from "./scene-programs.js";
import { StereoComposer } from "./stereo-composer.js";
import { StereoPrograms } from "./stereo-programs.js";
import type { View } from "./view.js";

export interface SceneFacts {
  /** The size at which the scene is drawn: that of the picture, supersampled. */
  readonly drawnSize: Size;
  /** Where the scene differs from what was requested. */
  readonly notes: readonly Note[];
}

/** One frame of a scene. */
export interface DrawnFrame {
  /** One for each eye, in the order of `eyeCameras`. */
  readonly views: readonly View[];
  readonly effects: EffectState;
  /** Number of the frame in its clip. */
  readonly frame: number;
}

/** The programs of a context, which all its scenes share. */
export class SceneDrawing {
  readonly limits: GlLimits;
  readonly #gl: WebGL2RenderingContext;
  readonly #programs: ScenePrograms;
  readonly #stereoPrograms: StereoPrograms;
  readonly #runner: PassRunner;

  constructor(context: DrawingContext) {
    this.#gl = context.gl;
    this.#programs = new ScenePrograms(context);
    this.#stereoPrograms = new StereoPrograms(context);
    this.#runner = new PassRunner(context);
    this.limits = readLimits(context.gl);
  }

  /**
   * Builds the sheets of a scene and uploads them. Throws OutOfMemoryError, ContextLostError or
   * Error, and nothing stays allocated then.
   */
  open(data: SceneData): DrawnScene {
    return this.upload(buildScene(data, this.limits));
  }

  /** The same for a scene that was built elsewhere, within the limits of this context. */
  upload(data: BuiltScene): DrawnScene {
    const gl = this.#gl;
    const { frame, ssaa = 1, seed = 0, sheets } = data;
    const picture = data.picture ?? { x: 0, y: 0, ...frame };
    const { factor, notes } = fittingFactor(ssaa, picture, this.limits.frameSidePixels);
    const drawnSize = scaled(picture, factor);
    this.#programs.link(sheets, data.cutout !== undefined);
    const targets = createFrameTargets(gl, drawnSize, data.transparent);
    const buffers = uploadScene(gl, data, sheets);
    try {
      checkErrors(gl, "open");
    } catch (error) {
      freeScene(gl, buffers);
      targets.free();
      throw error;
    }
    return new DrawnScene({
      ...{ gl, programs: this.#programs, buffers, targets, seed },
      facts: { drawnSize, notes },
      composer: new FrameComposer(gl, this.#runner, { frame, picture, ssaa: factor }),
      stereo: data.stereo && new StereoComposer(gl, this.#stereoPrograms, data.stereo),
    });
  }
}

interface SceneParts {
  readonly gl: WebGL2RenderingContext;
  readonly programs: ScenePrograms;
  readonly buffers: SceneBuffers;
  readonly targets: FrameTargets;
  readonly facts: SceneFacts;
  readonly composer: FrameComposer;
  /** Of scenes with a view for each eye. */
  readonly stereo: StereoComposer | undefined;
  readonly seed: number;
}

/** A scene in the memory of the GPU. */
export class DrawnScene {
  readonly #parts: SceneParts;

  constructor(parts: SceneParts) {
    this.#parts = parts;
  }

  get facts(): SceneFacts {
    return this.#parts.facts;
  }

  /** Draws a frame. Returns a target of its whole size that is valid until the next call. */
  draw({ views, effects, frame }: DrawnFrame): ColorTarget {
    const { gl, programs, buffers, targets, composer, stereo, seed } = this.#parts;
    const disparity = needsDisparity(effects);
    const input = { effects, seed, frame };
    const drawView = (view: View): ColorTarget => {
      const drawInto = (into: ColorTarget, matte: boolean) => {
        gl.bindFramebuffer(gl.FRAMEBUFFER, into.framebuffer);
        drawScene(gl, programs, buffers, view, into.size, { matte, disparity });
      };
      drawInto(targets.drawn, false);
      if (!targets.matte) return composer.compose(targets.drawn, input);
      drawInto(targets.matte, true);
      return composer.composeTransparent(targets.drawn, targets.matte, input);
    };
    const [first, second] = views;
    if (!first) throw new Error("no view");
    const composed = drawView(first);
    return stereo && second ? stereo.compose(composed, () => drawView(second)) : composed;
  }

  /** Throws ContextLostError. */
  close(): void {
    const { gl, buffers, targets, composer, stereo } = this.#parts;
    freeScene(gl, buffers);
    targets.free();
    composer.free();
    stereo?.free();
    checkErrors(gl, "close");
  }
}
