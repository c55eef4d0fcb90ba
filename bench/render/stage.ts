/** One GL context that draws the same scene by the service's passes and by the march, with the same read-back. */
import createContext from "gl";
import { i420Bytes } from "../../core/clip/i420.js";
import type { Size } from "../../core/clip/size.js";
import { type CameraState, pixelRays, projection } from "../../core/scene/camera.js";
import { photoHalfSides, visibleCopies } from "../../core/scene/extent.js";
import type { Mesh } from "../../core/scene/mesh/mesh.js";
import type { Detail } from "../../core/scene/quality.js";
import { createFrameTargets, readBackBytes } from "../../services/render/gl/frame-targets.js";
import { linkI420Pass, packAndRead } from "../../services/render/gl/i420-pass.js";
import { linkProgram } from "../../services/render/gl/program.js";
import type { View } from "../../services/render/gl/protocol.js";
import {
  drawScene,
  freeScene,
  linkScenePass,
  uploadScene,
} from "../../services/render/gl/scene-pass.js";
import type { BenchScene } from "./scenes.js";

export type ReadBack = "RGBA" | "I420";
/** Draws the picture of one camera state. */
export type Way = (state: CameraState) => void;

export class Stage {
  readonly #gl: WebGL2RenderingContext;
  readonly #targets;
  readonly #i420;
  readonly #emptyArray;
  readonly #passes = new Map<number, ReturnType<typeof linkScenePass>>();
  readonly #marches = new Map<string, ReturnType<typeof linkMarch>>();
  readonly #rgba: Uint8Array;
  readonly #packed: Uint8Array;
  readonly frame: Size;

  constructor(frame: Size) {
    this.frame = frame;
    const gl = createContext(16, 16, { createWebGL2Context: true, antialias: false });
    if (!gl) throw new Error("no GL context");
    this.#gl = gl;
    this.#targets = createFrameTargets(gl, frame);
    this.#i420 = linkI420Pass(gl);
    this.#emptyArray = gl.createVertexArray();
    this.#rgba = new Uint8Array(4 * frame.width * frame.height);
    this.#packed = new Uint8Array(Math.max(readBackBytes(frame), i420Bytes(frame)));
  }

  /** Upload, hand the two ways to `use`, free. */
  withScene<T>(
    scene: BenchScene,
    path: readonly CameraState[],
    mesh: Mesh,
    refineSteps: Detail["refineSteps"],
    use: (ours: Way, march: (probes: number, backSteps: number, bisections: number) => Way) => T,
  ): T {
    const gl = this.#gl;
    const aspect = this.frame.width / this.frame.height;
    const halfSides = photoHalfSides(scene.photoSize, aspect);
    const copies = visibleCopies(path, aspect, halfSides);
    const buffers = uploadScene(gl, { ...scene, halfSides, copies }, mesh);
    const viewOf = (state: CameraState): View => ({
      projection: projection(state, aspect),
      rays: pixelRays(state, this.frame, halfSides),
    });
    const ours: Way = (state) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, this.#targets.scene);
      drawScene(gl, this.#pass(refineSteps), buffers, viewOf(state), this.frame);
    };
    const march = (probes: number, backSteps: number, bisections: number): Way => {
      const { program, uniforms } = this.#march(probes, backSteps, bisections);
      return (state) => {
        gl.bindFramebuffer(gl.FRAMEBUFFER, this.#targets.scene);
        gl.viewport(0, 0, this.frame.width, this.frame.height);
        gl.disable(gl.DEPTH_TEST);
        gl.useProgram(program);
        gl.activeTexture(gl.TEXTURE0);
        gl.bindTexture(gl.TEXTURE_2D, buffers.photo);
        gl.uniform1i(uniforms.photo, 0);
        gl.activeTexture(gl.TEXTURE1);
        gl.bindTexture(gl.TEXTURE_2D, buffers.disparity);
        gl.uniform1i(uniforms.disparityMap, 1);
        const { rays } = viewOf(state);
        gl.uniform4fv(uniforms.rayBase, rays.subarray(0, 4));
        gl.uniform4fv(uniforms.raySlope, rays.subarray(4));
        gl.bindVertexArray(this.#emptyArray);
        gl.drawArrays(gl.TRIANGLES, 0, 3);
      };
    };
    try {
      return use(ours, march);
    } finally {
      freeScene(gl, buffers);
    }
  }

  /** Draw and read: the bytes are valid until the next picture. */
  picture(way: Way, state: CameraState, readBack: ReadBack): Uint8Array {
    const gl = this.#gl;
    way(state);
    if (readBack === "I420") {
      packAndRead(gl, this.#i420, this.#emptyArray, this.#targets, this.#packed);
      return this.#packed;
    }
    const { width, height } = this.frame;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#targets.scene);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, this.#rgba);
    return this.#rgba;
  }

  #pass(refineSteps: Detail["refineSteps"]) {
    const known = this.#passes.get(refineSteps) ?? linkScenePass(this.#gl, refineSteps);
    this.#passes.set(refineSteps, known);
    return known;
  }

  #march(probes: number, backSteps: number, bisections: number) {
    const key = `${probes} ${backSteps} ${bisections}`;
    const known = this.#marches.get(key) ?? linkMarch(this.#gl, probes, backSteps, bisections);
    this.#marches.set(key, known);
    return known;
  }
}

function linkMarch(
  gl: WebGL2RenderingContext,
  PROBES: number,
  BACK_STEPS: number,
  BISECTIONS: number,
) {
  const uniforms = ["disparityMap", "photo", "rayBase", "raySlope"] as const;
  const defines = { PROBES, BACK_STEPS, BISECTIONS };
  return linkProgram(gl, "fullscreen.vert", "../bench/render/march.frag", uniforms, defines);
}
