/** The picture's RGB as I420 planes, converted on the GPU so that 1.5 bytes a pixel are read back instead of 4. */
import { i420Bytes } from "../../../core/clip/i420.js";
import type { Size } from "../../../core/clip/size.js";
import { linkProgram, type Program } from "./program.js";

const UNIFORMS = ["picture"] as const;

export interface I420PassPrograms {
  readonly luma: Program<(typeof UNIFORMS)[number]>;
  readonly chroma: Program<(typeof UNIFORMS)[number]>;
  /** Both draw one triangle without vertices. */
  readonly emptyArray: WebGLVertexArrayObject;
}

export function linkI420Pass(gl: WebGL2RenderingContext): I420PassPrograms {
  return {
    luma: linkProgram(gl, "fullscreen.vert", "luma.frag", UNIFORMS),
    chroma: linkProgram(gl, "fullscreen.vert", "chroma.frag", UNIFORMS),
    emptyArray: gl.createVertexArray(),
  };
}

/** One byte a texel, Y by itself, U below V: reading them in order gives I420 without padding. */
export interface I420Targets {
  readonly luma: PlaneTarget;
  readonly chroma: PlaneTarget;
  free(): void;
}

interface PlaneTarget {
  readonly size: Size;
  readonly framebuffer: WebGLFramebuffer;
  readonly texture: WebGLTexture;
}

/** `size` has even sides. Throws when the driver cannot draw to single bytes. */
export function createI420Targets(gl: WebGL2RenderingContext, size: Size): I420Targets {
  const luma = createPlane(gl, size);
  const chroma = createPlane(gl, { width: size.width / 2, height: size.height });
  const free = () => {
    for (const { framebuffer, texture } of [luma, chroma]) {
      gl.deleteFramebuffer(framebuffer);
      gl.deleteTexture(texture);
    }
  };
  return { luma, chroma, free };
}

/** Convert `picture`, a texture of the targets' size, and read it into `into`, i420Bytes long. */
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
  const { width, height } = targets.luma.size;
  const lumaBytes = width * height;
  drawPlane(gl, luma, targets.luma, into.subarray(0, lumaBytes));
  drawPlane(gl, chroma, targets.chroma, into.subarray(lumaBytes, i420Bytes({ width, height })));
}

function drawPlane(
  gl: WebGL2RenderingContext,
  { program, uniforms }: Program<(typeof UNIFORMS)[number]>,
  { framebuffer, size: { width, height } }: PlaneTarget,
  into: Uint8Array,
): void {
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.viewport(0, 0, width, height);
  gl.useProgram(program);
  gl.uniform1i(uniforms.picture, 0);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  gl.readPixels(0, 0, width, height, gl.RED, gl.UNSIGNED_BYTE, into);
}

function createPlane(gl: WebGL2RenderingContext, size: Size): PlaneTarget {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8, size.width, size.height);
  const framebuffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) {
    throw new Error("the driver has no framebuffer of single bytes");
  }
  return { size, framebuffer, texture };
}
