/** Two targets of one size, to read from one while the other is drawn. */
import type { Size } from "../../../../core/geometry/size.js";
import { type ColorTarget, createColorTarget } from "../color-target.js";

export class TargetPair {
  readonly #gl: WebGL2RenderingContext;
  readonly #size: Size;
  readonly #made: ColorTarget[] = [];

  constructor(gl: WebGL2RenderingContext, size: Size) {
    this.#gl = gl;
    this.#size = size;
  }

  /** One of the two that is not `read`; made when it is first needed. */
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
