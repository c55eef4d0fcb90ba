/**
 * Turns the drawn scene into the whole frame: averages supersampled pixels, applies the effects and
 * places the picture between black bars. Also creates the targets that the scene is drawn to.
 */
import type { PixelRectangle, Size } from "../core/geometry/size.js";
import { type ColorTarget, checkComplete, createColorTarget } from "./color-target.js";
import { EffectChain, MIXING_PASSES, PIXEL_PASSES } from "./effects/effect-chain.js";
import type { EffectInput, PassRunner } from "./effects/effect-pass.js";
import { RESOLVE } from "./effects/resolve.js";
import { STRAIGHTEN } from "./effects/straighten.js";

export interface FrameLayout {
  readonly frame: Size;
  /** Where the picture is in the frame. The rest of the frame is black, or transparent. */
  readonly picture: PixelRectangle;
  /** The supersampling factor: how many times larger than the picture the scene is drawn. */
  readonly ssaa: number;
}

/** Steps that no frame needs cost nothing: each target is created when it is first drawn to. */
export class FrameComposer {
  readonly #gl: WebGL2RenderingContext;
  readonly #runner: PassRunner;
  readonly #layout: FrameLayout;
  readonly #effects: EffectChain;
  readonly #matteEffects: EffectChain;
  #resolved: ColorTarget | undefined;
  #resolvedMatte: ColorTarget | undefined;
  #straight: ColorTarget | undefined;
  #framed: ColorTarget | undefined;

  constructor(gl: WebGL2RenderingContext, runner: PassRunner, layout: FrameLayout) {
    this.#gl = gl;
    this.#runner = runner;
    this.#layout = layout;
    this.#effects = new EffectChain(gl, runner, layout.picture);
    this.#matteEffects = new EffectChain(gl, runner, layout.picture);
  }

  /**
   * Returns a target of the frame's size, valid until the next call; `drawn` itself where there is
   * nothing to do.
   */
  compose(drawn: ColorTarget, frame: Omit<EffectInput, "size">): ColorTarget {
    this.#resolved = this.#resolve(drawn, frame, this.#resolved);
    return this.#place(this.#effects.draw(this.#resolved ?? drawn, frame));
  }

  /**
   * The frame in straight RGBA, of a scene drawn premultiplied and of its matte. Returns a target
   * as `compose` does.
   */
  composeTransparent(
    drawn: ColorTarget,
    drawnMatte: ColorTarget,
    frame: Omit<EffectInput, "size">,
  ): ColorTarget {
    this.#resolved = this.#resolve(drawn, frame, this.#resolved);
    this.#resolvedMatte = this.#resolve(drawnMatte, frame, this.#resolvedMatte);
    const picture = this.#effects.draw(this.#resolved ?? drawn, frame, MIXING_PASSES);
    const unmixed = this.#resolvedMatte ?? drawnMatte;
    const matte = this.#matteEffects.draw(unmixed, frame, MIXING_PASSES);
    const size = this.#layout.picture;
    this.#straight ??= createColorTarget(this.#gl, size);
    this.#runner.run(STRAIGHTEN, { picture, matte }, this.#straight, { ...frame, size });
    return this.#place(this.#effects.draw(this.#straight, frame, PIXEL_PASSES));
  }

  free(): void {
    this.#effects.free();
    this.#matteEffects.free();
    for (const target of [this.#resolved, this.#resolvedMatte, this.#straight, this.#framed]) {
      target?.free();
    }
  }

  /**
   * Averages down into `into`, which is made at the first time; undefined without supersampling.
   */
  #resolve(
    drawn: ColorTarget,
    frame: Omit<EffectInput, "size">,
    into: ColorTarget | undefined,
  ): ColorTarget | undefined {
    const pass = RESOLVE.get(this.#layout.ssaa);
    if (!pass) return undefined;
    const { picture } = this.#layout;
    const target = into ?? createColorTarget(this.#gl, picture);
    this.#runner.run(pass, { picture: drawn }, target, { ...frame, size: picture });
    return target;
  }

  #place(from: ColorTarget): ColorTarget {
    const { frame, picture } = this.#layout;
    if (isWhole(picture, frame)) return from;
    const gl = this.#gl;
    const into = this.#framed ?? this.#blackFrame();
    const { x, width, height } = picture;
    // GL counts rows from the bottom.
    const y = frame.height - picture.y - height;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, from.framebuffer);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, into.framebuffer);
    const { COLOR_BUFFER_BIT, NEAREST } = gl;
    gl.blitFramebuffer(0, 0, width, height, x, y, x + width, y + height, COLOR_BUFFER_BIT, NEAREST);
    return into;
  }

  /** Cleared only once, because the picture always covers the same pixels. */
  #blackFrame(): ColorTarget {
    const made = createColorTarget(this.#gl, this.#layout.frame);
    this.#gl.clear(this.#gl.COLOR_BUFFER_BIT);
    this.#framed = made;
    return made;
  }
}

function isWhole(picture: PixelRectangle, frame: Size): boolean {
  return picture.width === frame.width && picture.height === frame.height;
}

/** The GL targets that every frame of a scene is drawn to. */
export interface FrameTargets {
  /** The drawn scene: RGB, and the disparity of each pixel in alpha. */
  readonly drawn: ColorTarget;
  /** The coverage of the drawn scene; only of a transparent one. */
  readonly matte: ColorTarget | undefined;
  free(): void;
}

/** Throws like createColorTarget and leaves nothing allocated then. */
export function createFrameTargets(
  gl: WebGL2RenderingContext,
  drawnSize: Size,
  transparent = false,
): FrameTargets {
  const drawn = createSceneTarget(gl, drawnSize);
  try {
    const matte = transparent ? createSceneTarget(gl, drawnSize) : undefined;
    const free = () => {
      drawn.free();
      matte?.free();
    };
    return { drawn, matte, free };
  } catch (error) {
    drawn.free();
    throw error;
  }
}

/** A color target with a depth buffer. */
function createSceneTarget(gl: WebGL2RenderingContext, size: Size): ColorTarget {
  const color = createColorTarget(gl, size);
  const depth = gl.createRenderbuffer();
  gl.bindRenderbuffer(gl.RENDERBUFFER, depth);
  // 16 bits: half the memory traffic of 24, and enough because shaders/scene.vert uses the whole
  // range.
  gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT16, size.width, size.height);
  gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth);
  const free = () => {
    color.free();
    gl.deleteRenderbuffer(depth);
  };
  const target = { ...color, free };
  checkComplete(gl, target);
  return target;
}
