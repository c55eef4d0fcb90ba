/** A texture of four bytes a pixel that can be drawn to and read from. */
import type { Size } from "../../../core/clip/size.js";

export interface ColorTarget {
  readonly size: Size;
  readonly framebuffer: WebGLFramebuffer;
  readonly texture: WebGLTexture;
  free(): void;
}

/** Bilinear and clamped at its edges. Throws where the driver has none of this size. Leaves the framebuffer bound. */
export function createColorTarget(gl: WebGL2RenderingContext, size: Size): ColorTarget {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, size.width, size.height);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  const framebuffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const free = () => {
    gl.deleteFramebuffer(framebuffer);
    gl.deleteTexture(texture);
  };
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) {
    free();
    throw new Error(`the driver has no framebuffer of ${size.width}×${size.height}`);
  }
  return { size, framebuffer, texture, free };
}
