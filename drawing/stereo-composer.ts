/**
 * Makes one frame of the views of both eyes: beside one another, mixed as an anaglyph, or each in
 * half a sphere.
 */
import type { PixelRectangle } from "../core/geometry/size.js";
import type { StereoScene } from "../core/scene/clip/scene-data.js";
import { floatingWindow, halfExtent, viewRectangles } from "../core/scene/stereo/layout.js";
import { type ColorTarget, createColorTarget } from "./color-target.js";
import type { StereoPrograms } from "./stereo-programs.js";

/** The targets are created with the first frame. */
export class StereoComposer {
  readonly #gl: WebGL2RenderingContext;
  readonly #programs: StereoPrograms;
  readonly #scene: StereoScene;
  #frame: ColorTarget | undefined;
  #first: ColorTarget | undefined;

  constructor(gl: WebGL2RenderingContext, programs: StereoPrograms, scene: StereoScene) {
    this.#gl = gl;
    this.#programs = programs;
    this.#scene = scene;
  }

  /**
   * The frame of both views, valid until the next call. Reads `first` before it draws the second,
   * which may have the same target.
   */
  compose(first: ColorTarget, drawSecond: () => ColorTarget): ColorTarget {
    const { layout, composed } = this.#scene;
    this.#frame ??= this.#blackFrame();
    const [left, right] = viewRectangles(layout, composed);
    if (left && right) {
      const [window, other] = floatingWindow(this.#scene);
      this.#put(first, this.#frame, left, window);
      this.#put(drawSecond(), this.#frame, right, other);
    } else {
      this.#first ??= createColorTarget(this.#gl, composed);
      copy(this.#gl, first, this.#first, { x: 0, y: 0, ...composed });
      this.#programs.drawAnaglyph(this.#first, drawSecond(), this.#frame);
    }
    return this.#frame;
  }

  #put(
    view: ColorTarget,
    into: ColorTarget,
    part: PixelRectangle,
    window: readonly [number, number],
  ): void {
    const { layout, fieldOfViewDegrees, composed } = this.#scene;
    if (layout === "vr180") {
      // GL counts rows from the bottom.
      const square = { x: part.x, y: composed.height - part.y - part.height, side: part.width };
      const sphere = { halfExtent: halfExtent(fieldOfViewDegrees), window };
      this.#programs.drawEquirect(view, sphere, into, square);
    } else {
      copy(this.#gl, view, into, part);
    }
  }

  /** Cleared only once, because the views always cover the same pixels. */
  #blackFrame(): ColorTarget {
    const made = createColorTarget(this.#gl, this.#scene.composed);
    this.#gl.clear(this.#gl.COLOR_BUFFER_BIT);
    return made;
  }

  free(): void {
    this.#frame?.free();
    this.#first?.free();
  }
}

/** A half layout takes the mean of two pixels each: bilinear filtering reads between them. */
function copy(
  gl: WebGL2RenderingContext,
  from: ColorTarget,
  into: ColorTarget,
  { x, y: fromTop, width, height }: PixelRectangle,
): void {
  const y = into.size.height - fromTop - height;
  const isScaled = width !== from.size.width || height !== from.size.height;
  gl.bindFramebuffer(gl.READ_FRAMEBUFFER, from.framebuffer);
  gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, into.framebuffer);
  gl.blitFramebuffer(
    ...([0, 0, from.size.width, from.size.height] as const),
    ...([x, y, x + width, y + height] as const),
    gl.COLOR_BUFFER_BIT,
    isScaled ? gl.LINEAR : gl.NEAREST,
  );
}
