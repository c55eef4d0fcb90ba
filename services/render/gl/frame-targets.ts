/** What one frame is drawn to: the scene in color, then the frame's I420 planes. */
import type { Size } from "../../../core/geometry/size.js";
import { type ColorTarget, checkComplete, createColorTarget } from "./color-target.js";
import { createI420Targets, type I420Targets } from "./i420-pass.js";

export interface FrameTargets {
  /** The scene as it is drawn: RGB, and the disparity of each pixel in alpha. */
  readonly drawn: ColorTarget;
  readonly planes: I420Targets;
  free(): void;
}

/** The scene may be drawn at another size than the frame's. Throws as createColorTarget does, and leaves nothing behind. */
export function createFrameTargets(
  gl: WebGL2RenderingContext,
  frame: Size,
  drawnSize: Size = frame,
): FrameTargets {
  const drawn = createSceneTarget(gl, drawnSize);
  try {
    const planes = createI420Targets(gl, frame);
    const free = () => {
      drawn.free();
      planes.free();
    };
    return { drawn, planes, free };
  } catch (error) {
    drawn.free();
    throw error;
  }
}

/** Color with a depth buffer. */
function createSceneTarget(gl: WebGL2RenderingContext, size: Size): ColorTarget {
  const color = createColorTarget(gl, size);
  const depth = gl.createRenderbuffer();
  gl.bindRenderbuffer(gl.RENDERBUFFER, depth);
  // Half the memory traffic of 24 bits, and enough for what the camera's matrix puts in.
  gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT16, size.width, size.height);
  gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth);
  const free = () => {
    color.free();
    gl.deleteRenderbuffer(depth);
  };
  const target = { ...color, free };
  checkComplete(gl, target);
  return target;
}
