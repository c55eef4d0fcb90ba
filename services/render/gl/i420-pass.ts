/**
 * Converts a picture to I420 planes (BT.709, limited range) on the GPU, so that 1.5 bytes per pixel
 * are read back instead of 4.
 */

import type { Size } from "../../../core/geometry/size.js";
import { i420Bytes } from "../../../core/geometry/size.js";
import {
  type ColorTarget,
  createColorTarget,
  type TexelBytes,
} from "../../../drawing/color-target.js";
import { type DrawingContext, linkProgram, type Program } from "../../../drawing/program.js";

const UNIFORMS = ["picture"] as const;

type PlaneProgram = Program<(typeof UNIFORMS)[number]>;
/** By the bytes per texel of the plane's target. */
type PlanePrograms = (texelBytes: TexelBytes) => PlaneProgram;

export interface I420PassPrograms {
  readonly luma: PlanePrograms;
  readonly chroma: PlanePrograms;
  readonly emptyArray: WebGLVertexArrayObject;
}

/** Programs are linked when they are first used: frames have one of two kinds of widths. */
export function linkI420Pass(context: DrawingContext): I420PassPrograms {
  const link = (shader: string): PlanePrograms => {
    const linked = new Map<TexelBytes, PlaneProgram>();
    return (bytes) => {
      const known = linked.get(bytes);
      if (known) return known;
      const program = linkProgram(context, "fullscreen.vert", shader, UNIFORMS, { BYTES: bytes });
      linked.set(bytes, program);
      return program;
    };
  };
  return {
    luma: link("luma.frag"),
    chroma: link("chroma.frag"),
    emptyArray: context.emptyArray,
  };
}

/**
 * One target for Y and one for U with V below it: reading both in order gives I420 without padding.
 */
export interface I420Targets {
  /** The size of the frame. */
  readonly size: Size;
  readonly luma: PlaneTarget;
  readonly chroma: PlaneTarget;
  free(): void;
}

interface PlaneTarget extends ColorTarget {
  readonly texelBytes: TexelBytes;
}

/** `size` must have even sides. Throws like createColorTarget and leaves nothing allocated then. */
export function createI420Targets(gl: WebGL2RenderingContext, size: Size): I420Targets {
  const luma = createPlane(gl, size);
  try {
    const chroma = createPlane(gl, { width: size.width / 2, height: size.height });
    const free = () => {
      luma.free();
      chroma.free();
    };
    return { size, luma, chroma, free };
  } catch (error) {
    luma.free();
    throw error;
  }
}

/**
 * Texels of four bytes take software GL half the time of texels of one, but rows must be whole
 * texels.
 */
function createPlane(gl: WebGL2RenderingContext, { width, height }: Size): PlaneTarget {
  const texelBytes = width % 4 === 0 ? 4 : 1;
  return {
    ...createColorTarget(gl, { width: width / texelBytes, height }, texelBytes),
    texelBytes,
  };
}

/**
 * Converts `picture`, a texture of the frame's size with linear filtering, and reads it into `into`
 * (i420Bytes long).
 */
export function convertAndRead(
  gl: WebGL2RenderingContext,
  { luma, chroma, emptyArray }: I420PassPrograms,
  picture: WebGLTexture,
  targets: I420Targets,
  into: Uint8Array,
): void {
  gl.disable(gl.DEPTH_TEST);
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, picture);
  gl.bindVertexArray(emptyArray);
  gl.pixelStorei(gl.PACK_ALIGNMENT, 1);
  const lumaBytes = targets.size.width * targets.size.height;
  drawPlane(gl, luma, targets.luma, into.subarray(0, lumaBytes));
  drawPlane(gl, chroma, targets.chroma, into.subarray(lumaBytes, i420Bytes(targets.size)));
}

function drawPlane(
  gl: WebGL2RenderingContext,
  programs: PlanePrograms,
  { framebuffer, texelBytes, size: { width, height } }: PlaneTarget,
  into: Uint8Array,
): void {
  const { program, uniforms } = programs(texelBytes);
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.viewport(0, 0, width, height);
  gl.useProgram(program);
  gl.uniform1i(uniforms.picture, 0);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  const format = texelBytes === 4 ? gl.RGBA : gl.RED;
  gl.readPixels(0, 0, width, height, format, gl.UNSIGNED_BYTE, into);
}
