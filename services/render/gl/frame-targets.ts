/** The textures that a frame of one size is drawn to: the scene in RGB, then its I420 bytes. */
import { i420Bytes } from "../../../core/clip/i420.js";
import type { Size } from "../../../core/clip/size.js";

export interface FrameTargets {
  readonly size: Size;
  readonly scene: WebGLFramebuffer;
  readonly sceneColor: WebGLTexture;
  readonly packed: WebGLFramebuffer;
  /** Texels; four bytes each. */
  readonly packedSize: Size;
  free(): void;
}

export function createFrameTargets(gl: WebGL2RenderingContext, size: Size): FrameTargets {
  const sceneColor = colorTexture(gl, size);
  const depth = gl.createRenderbuffer();
  gl.bindRenderbuffer(gl.RENDERBUFFER, depth);
  gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT24, size.width, size.height);
  const scene = framebuffer(gl, sceneColor);
  gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth);
  const packedWidth = size.width / 2;
  const packedSize = {
    width: packedWidth,
    height: Math.ceil(i420Bytes(size) / (4 * packedWidth)),
  };
  const packedColor = colorTexture(gl, packedSize);
  const packed = framebuffer(gl, packedColor);
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) {
    throw new Error(`the driver has no framebuffer of ${size.width}×${size.height}`);
  }
  const free = () => {
    gl.deleteFramebuffer(scene);
    gl.deleteFramebuffer(packed);
    gl.deleteTexture(sceneColor);
    gl.deleteTexture(packedColor);
    gl.deleteRenderbuffer(depth);
  };
  return { size, scene, sceneColor, packed, packedSize, free };
}

/** Bytes that a frame's read-back needs: I420 and the padding of the last row. */
export function readBackBytes(size: Size): number {
  const rowBytes = 2 * size.width;
  return Math.ceil(i420Bytes(size) / rowBytes) * rowBytes;
}

function colorTexture(gl: WebGL2RenderingContext, { width, height }: Size): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return texture;
}

function framebuffer(gl: WebGL2RenderingContext, color: WebGLTexture): WebGLFramebuffer {
  const buffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, color, 0);
  return buffer;
}
