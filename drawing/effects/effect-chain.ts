/**
 * Applies the effects of a frame: one pass after another, each reading what the one before has
 * drawn.
 */
import type { Size } from "../../core/geometry/size.js";
import { type ColorTarget, createColorTarget } from "../color-target.js";
import { DEPTH_OF_FIELD } from "./depth-of-field.js";
import type { EffectInput, EffectPass, PassRunner } from "./effect-pass.js";
import { GRADE } from "./grade.js";
import { LENS } from "./lens.js";
import { SHARPEN } from "./sharpen.js";

/**
 * All passes, in the order in which a photograph is made: the lens focuses and disperses, the
 * camera sharpens, the lab grades, and the print adds grain, which no later pass may blur or
 * sharpen. Depth of field is first because it needs the disparity.
 */
export const EFFECT_PASSES: readonly EffectPass[] = [...DEPTH_OF_FIELD, LENS, SHARPEN, GRADE];

/**
 * The passes that mix pixels. They are linear, so that a picture with transparency goes through
 * them premultiplied, and its coverage goes through them in the same way.
 */
export const MIXING_PASSES: readonly EffectPass[] = [...DEPTH_OF_FIELD, LENS, SHARPEN];
/** The passes of one pixel each, which need straight colors. */
export const PIXEL_PASSES: readonly EffectPass[] = [GRADE];

export class EffectChain {
  readonly #runner: PassRunner;
  readonly #size: Size;
  readonly #targets: Readonly<Record<EffectPass["scale"], TargetPair>>;

  constructor(gl: WebGL2RenderingContext, runner: PassRunner, size: Size) {
    this.#runner = runner;
    this.#size = size;
    const half = { width: Math.ceil(size.width / 2), height: Math.ceil(size.height / 2) };
    this.#targets = { full: new TargetPair(gl, size), half: new TargetPair(gl, half) };
  }

  /**
   * Returns `drawn` itself where no effect is active, else a target that is valid until the next
   * call.
   */
  draw(
    drawn: ColorTarget,
    frame: Omit<EffectInput, "size">,
    passes: readonly EffectPass[] = EFFECT_PASSES,
  ): ColorTarget {
    const input = { ...frame, size: this.#size };
    let picture = drawn;
    let halved: ColorTarget | undefined;
    for (const pass of passes) {
      if (!pass.isActive(frame.effects)) continue;
      const into = this.#targets[pass.scale].other(pass.scale === "full" ? picture : halved);
      this.#runner.run(pass, { picture, ...(halved && { halved }) }, into, input);
      if (pass.scale === "full") picture = into;
      else halved = into;
    }
    return picture;
  }

  free(): void {
    this.#targets.full.free();
    this.#targets.half.free();
  }
}

/** Two targets of one size (ping-pong): a pass reads from one while it draws to the other. */
class TargetPair {
  readonly #gl: WebGL2RenderingContext;
  readonly #size: Size;
  readonly #made: ColorTarget[] = [];

  constructor(gl: WebGL2RenderingContext, size: Size) {
    this.#gl = gl;
    this.#size = size;
  }

  /** The target that is not `read`, created when it is first needed. */
  other(read: ColorTarget | undefined): ColorTarget {
    const index = read !== undefined && read === this.#made[0] ? 1 : 0;
    const target = this.#made[index] ?? createColorTarget(this.#gl, this.#size);
    this.#made[index] = target;
    return target;
  }

  free(): void {
    for (const target of this.#made) target.free();
  }
}
