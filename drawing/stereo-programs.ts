/** The shaders that make a frame of the views of both eyes, compiled when they are first needed. */
import { CYAN_EYE, columnMajor, RED_EYE } from "../core/scene/stereo/anaglyph.js";
import type { ColorTarget } from "./color-target.js";
import { type DrawingContext, linkProgram, type Program } from "./program.js";

const ANAGLYPH_UNIFORMS = ["redEye", "cyanEye", "redMatrix", "cyanMatrix"] as const;
const EQUIRECT_UNIFORMS = ["view", "square", "halfExtent", "window", "fade"] as const;

/** Width of the faded edge of the view in VR180. */
const FADE_RADIANS = (3 * Math.PI) / 180;

/** A square of a frame; rows are counted from the bottom, as in GL. */
export interface GlSquare {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** How a flat view hangs in front of an eye. */
export interface SphereView {
  /** Half its longer side, at distance 1. */
  readonly halfExtent: number;
  /** Where what is seen of it begins and ends, in parts of its width. */
  readonly window: readonly [number, number];
}

export class StereoPrograms {
  readonly #context: DrawingContext;
  #anaglyph: Program<(typeof ANAGLYPH_UNIFORMS)[number]> | undefined;
  #equirect: Program<(typeof EQUIRECT_UNIFORMS)[number]> | undefined;

  constructor(context: DrawingContext) {
    this.#context = context;
  }

  get anaglyph(): Program<(typeof ANAGLYPH_UNIFORMS)[number]> {
    const { name, uniforms } = { name: "anaglyph.frag", uniforms: ANAGLYPH_UNIFORMS };
    this.#anaglyph ??= linkProgram(this.#context, "fullscreen.vert", name, uniforms);
    return this.#anaglyph;
  }

  get equirect(): Program<(typeof EQUIRECT_UNIFORMS)[number]> {
    const { name, uniforms } = { name: "equirect.frag", uniforms: EQUIRECT_UNIFORMS };
    this.#equirect ??= linkProgram(this.#context, "fullscreen.vert", name, uniforms);
    return this.#equirect;
  }

  /** Mixes two views of the frame's size into the frame. */
  drawAnaglyph(redEye: ColorTarget, cyanEye: ColorTarget, into: ColorTarget): void {
    const { gl } = this.#context;
    const { program, uniforms } = this.anaglyph;
    gl.useProgram(program);
    gl.uniform1i(uniforms.redEye, 0);
    gl.uniform1i(uniforms.cyanEye, 1);
    gl.uniformMatrix3fv(uniforms.redMatrix, false, columnMajor(RED_EYE));
    gl.uniformMatrix3fv(uniforms.cyanMatrix, false, columnMajor(CYAN_EYE));
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, cyanEye.texture);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, redEye.texture);
    this.#draw(into, { x: 0, y: 0, ...into.size });
  }

  /**
   * Draws a flat view into the half sphere of a square of the frame, and leaves what is around the
   * view as it is.
   */
  drawEquirect(
    view: ColorTarget,
    { halfExtent, window }: SphereView,
    into: ColorTarget,
    { x, y, side }: GlSquare,
  ): void {
    const { gl } = this.#context;
    const { program, uniforms } = this.equirect;
    const { width, height } = view.size;
    const perPixel = halfExtent / Math.max(width, height);
    const [halfWidth, halfHeight] = [perPixel * width, perPixel * height];
    const windowX = window.map((part) => (2 * part - 1) * halfWidth);
    gl.useProgram(program);
    gl.uniform1i(uniforms.view, 0);
    gl.uniform4f(uniforms.square, x, y, side, side);
    gl.uniform2f(uniforms.halfExtent, halfWidth, halfHeight);
    gl.uniform2fv(uniforms.window, windowX);
    gl.uniform1f(uniforms.fade, FADE_RADIANS);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, view.texture);
    // Nothing of the view is beyond its own longitudes, and the latitudes of its middle column.
    const reach = (tangent: number) =>
      Math.min(side / 2, Math.ceil((side * Math.atan(tangent)) / Math.PI) + 1);
    const [reachX, reachY] = [reach(halfWidth), reach(halfHeight)];
    this.#draw(into, {
      x: x + side / 2 - reachX,
      y: y + side / 2 - reachY,
      width: 2 * reachX,
      height: 2 * reachY,
    });
  }

  #draw(
    into: ColorTarget,
    part: {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    },
  ): void {
    const { gl, emptyArray } = this.#context;
    gl.bindFramebuffer(gl.FRAMEBUFFER, into.framebuffer);
    gl.viewport(part.x, part.y, part.width, part.height);
    gl.disable(gl.DEPTH_TEST);
    gl.bindVertexArray(emptyArray);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }
}
