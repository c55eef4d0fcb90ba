/** The scene's RGB as I420 bytes, converted on the GPU so that 1.5 bytes a pixel are read back instead of 4. */
import type { FrameTargets } from "./frame-targets.js";
import { linkProgram, type Program } from "./program.js";

const UNIFORMS = ["scene", "size", "targetWidth"] as const;

export type I420PassProgram = Program<(typeof UNIFORMS)[number]>;

export function linkI420Pass(gl: WebGL2RenderingContext): I420PassProgram {
  return linkProgram(gl, "fullscreen.vert", "i420.frag", UNIFORMS);
}

/** Pack `targets.scene` into `targets.packed` and read it into `into` (readBackBytes long). */
export function packAndRead(
  gl: WebGL2RenderingContext,
  { program, uniforms }: I420PassProgram,
  emptyArray: WebGLVertexArrayObject,
  targets: FrameTargets,
  into: Uint8Array,
): void {
  const { width, height } = targets.packedSize;
  gl.bindFramebuffer(gl.FRAMEBUFFER, targets.packed);
  gl.viewport(0, 0, width, height);
  gl.disable(gl.DEPTH_TEST);
  gl.useProgram(program);
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, targets.sceneColor);
  gl.uniform1i(uniforms.scene, 0);
  gl.uniform2i(uniforms.size, targets.size.width, targets.size.height);
  gl.uniform1i(uniforms.targetWidth, width);
  gl.bindVertexArray(emptyArray);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, into);
}
