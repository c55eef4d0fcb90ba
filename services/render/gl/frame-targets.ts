/** The textures that a frame is drawn to: the scene in RGB, then the frame's I420 bytes. */
import { i420Bytes } from "../../../core/clip/i420.js";
import type { Size } from "../../../core/clip/size.js";
import { type ColorTarget, createColorTarget } from "./color-target.js";

export interface FrameTargets {
  /** Of the frame. */
  readonly size: Size;
  /** The scene as it is drawn: RGB, and the disparity of each pixel in alpha. */
  readonly drawn: ColorTarget;
  readonly scene: WebGLFramebuffer;
  readonly sceneColor: WebGLTexture;
  readonly packed: WebGLFramebuffer;
  /** Texels; four bytes each. */
  readonly packedSize: Size;
  free(): void;
}

/** The scene may be drawn at another size than the frame's. */
export function createFrameTargets(
  gl: WebGL2RenderingContext,
  size: Size,
  drawnSize: Size = size,
): FrameTargets {
  const drawn = createColorTarget(gl, drawnSize);
  const depth = gl.createRenderbuffer();
  gl.bindRenderbuffer(gl.RENDERBUFFER, depth);
  gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT24, drawnSize.width, drawnSize.height);
  gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth);
  const packedWidth = size.width / 2;
  const packedHeight = Math.ceil(i420Bytes(size) / (4 * packedWidth));
  const packed = createColorTarget(gl, { width: packedWidth, height: packedHeight });
  const free = () => {
    drawn.free();
    packed.free();
    gl.deleteRenderbuffer(depth);
  };
  return {
    size,
    drawn,
    scene: drawn.framebuffer,
    sceneColor: drawn.texture,
    packed: packed.framebuffer,
    packedSize: packed.size,
    free,
  };
}

/** Bytes that a frame's read-back needs: I420 and the padding of the last row. */
export function readBackBytes(size: Size): number {
  const rowBytes = 2 * size.width;
  return Math.ceil(i420Bytes(size) / rowBytes) * rowBytes;
}
