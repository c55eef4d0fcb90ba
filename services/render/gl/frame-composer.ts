/** From the drawn scene to the whole frame: averaged down, given its effects, placed between black bars. */
import type { PixelRectangle, Size } from "../../../core/geometry/size.js";
import { type ColorTarget, createColorTarget } from "./color-target.js";
import { EffectChain } from "./effects/effect-chain.js";
import type { EffectInput } from "./effects/effect-pass.js";
import type { PassRunner } from "./effects/pass-runner.js";
import { RESOLVE } from "./effects/resolve.js";

export interface FrameLayout {
  readonly frame: Size;
  /** Where in the frame the picture lies; what is around it is black. */
  readonly picture: PixelRectangle;
  /** How many times larger than the picture the scene is drawn. */
  readonly ssaa: number;
}

/** Steps that a frame does not need cost nothing: their targets are made when they are first drawn to. */
export class FrameComposer {
  readonly #gl: WebGL2RenderingContext;
  readonly #runner: PassRunner;
  readonly #layout: FrameLayout;
  readonly #effects: EffectChain;
  #resolved: ColorTarget | undefined;
  #framed: ColorTarget | undefined;

  constructor(gl: WebGL2RenderingContext, runner: PassRunner, layout: FrameLayout) {
    this.#gl = gl;
    this.#runner = runner;
    this.#layout = layout;
    this.#effects = new EffectChain(gl, runner, layout.picture);
  }

  /** A target of the frame's size, valid until the next call; `drawn` itself where there is nothing to do. */
  compose(drawn: ColorTarget, frame: Omit<EffectInput, "size">): ColorTarget {
    const picture = this.#effects.draw(this.#resolve(drawn, frame), frame);
    return this.#place(picture);
  }

  free(): void {
    this.#effects.free();
    this.#resolved?.free();
    this.#framed?.free();
  }

  #resolve(drawn: ColorTarget, frame: Omit<EffectInput, "size">): ColorTarget {
    const pass = RESOLVE.get(this.#layout.ssaa);
    if (!pass) return drawn;
    const { picture } = this.#layout;
    this.#resolved ??= createColorTarget(this.#gl, picture);
    this.#runner.run(pass, { picture: drawn }, this.#resolved, { ...frame, size: picture });
    return this.#resolved;
  }

  #place(from: ColorTarget): ColorTarget {
    const { frame, picture } = this.#layout;
    if (isWhole(picture, frame)) return from;
    const gl = this.#gl;
    const into = this.#framed ?? this.#blackFrame();
    const { x, width, height } = picture;
    // Rows run upwards in GL.
    const y = frame.height - picture.y - height;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, from.framebuffer);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, into.framebuffer);
    const { COLOR_BUFFER_BIT, NEAREST } = gl;
    gl.blitFramebuffer(0, 0, width, height, x, y, x + width, y + height, COLOR_BUFFER_BIT, NEAREST);
    return into;
  }

  /** Cleared once: the picture always covers the same pixels. */
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
