/**
 * A GL context that draws a scene with the passes of the service or with a ray march, for
 * comparison.
 */
import createContext from "gl";
import type { Size } from "../../core/geometry/size.js";
import { i420Bytes } from "../../core/geometry/size.js";
import type { CameraState } from "../../core/scene/camera.js";
import type { SceneGeometry } from "../../core/scene/geometry.js";
import type { SceneMesh } from "../../core/scene/mesh/mesh.js";
import { createFrameTargets, type FrameTargets } from "../../drawing/frame-composer.js";
import { type DrawingContext, drawingContext, linkProgram } from "../../drawing/program.js";
import {
  freeScene,
  mirrorBeyondEdges,
  type SceneBuffers,
  uploadDisparity,
  uploadRaster,
  uploadScene,
} from "../../drawing/scene-buffers.js";
import { drawScene } from "../../drawing/scene-pass.js";
import { ScenePrograms } from "../../drawing/scene-programs.js";
import type { Raster, Sheet } from "../../drawing/sheets.js";
import { type View, viewOf } from "../../drawing/view.js";
import { PAGE_BYTES, SCRATCH_BYTES } from "../../services/render/gl/i420-module.js";
import {
  type I420PassPrograms,
  type I420Targets,
  linkI420Pass,
} from "../../services/render/gl/i420-pass.js";
import { I420Reader } from "../../services/render/gl/i420-reader.js";
import { shaderFiles } from "../../services/render/gl/shader-files.js";
import type { BenchScene } from "./scenes.js";

export type ReadBack = "RGBA" | "I420";

/**
 * The steps of a ray march from the nearest disparity down: probes, then back-steps or bisections.
 */
export interface March {
  readonly probes: number;
  readonly backSteps: number;
  readonly bisections: number;
}

export class Stage {
  readonly frame: Size;
  readonly gl: WebGL2RenderingContext;
  readonly #context: DrawingContext;
  readonly #targets: FrameTargets;
  readonly #passes: I420PassPrograms;
  readonly #i420: I420Reader;
  readonly #planeTargets: I420Targets | undefined;
  readonly #programs: ScenePrograms;
  readonly #marches = new Map<string, ReturnType<typeof linkMarch>>();
  readonly #rgba: Uint8Array;
  readonly #planes: Uint8Array;

  constructor(frame: Size) {
    const gl = createContext(16, 16, { createWebGL2Context: true, antialias: false });
    if (!gl) throw new Error("no GL context");
    this.gl = gl;
    this.#context = drawingContext(gl, shaderFiles);
    this.frame = frame;
    this.#targets = createFrameTargets(gl, frame);
    this.#passes = linkI420Pass(this.#context);
    this.#i420 = new I420Reader(gl, this.#passes);
    this.#i420.choose();
    this.#planeTargets = this.#i420.targetsFor(frame);
    const pages = Math.ceil((SCRATCH_BYTES + i420Bytes(frame)) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#i420.use(memory);
    this.#programs = new ScenePrograms(this.#context);
    this.#rgba = new Uint8Array(4 * frame.width * frame.height);
    this.#planes = new Uint8Array(memory.buffer, SCRATCH_BYTES, i420Bytes(frame));
  }

  /** Uploads a scene that is drawn from these sheets; free it with `close`. */
  open(scene: BenchScene, geometry: SceneGeometry, sheets: readonly Sheet[]): StagedScene {
    const march = {
      map: uploadDisparity(this.gl, scene.disparity, scene.disparitySize),
      photo: uploadRaster(this.gl, photoRaster(scene)),
    };
    for (const texture of Object.values(march)) mirrorBeyondEdges(this.gl, texture);
    return new StagedScene(this, uploadScene(this.gl, { ...scene, geometry }, sheets), march);
  }

  drawMesh(buffers: SceneBuffers, view: View): void {
    this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, this.#targets.drawn.framebuffer);
    drawScene(this.gl, this.#programs, buffers, view, this.frame);
  }

  drawMarch({ map, photo }: MarchTextures, { rays }: View, march: March): void {
    const { gl, frame } = this;
    const { program, uniforms } = this.#march(march);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#targets.drawn.framebuffer);
    gl.viewport(0, 0, frame.width, frame.height);
    gl.disable(gl.DEPTH_TEST);
    gl.useProgram(program);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, map);
    gl.uniform1i(uniforms.disparityMap, 1);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, photo);
    gl.uniform1i(uniforms.photo, 0);
    gl.uniform4fv(uniforms.rayBase, rays.subarray(0, 4));
    gl.uniform4fv(uniforms.raySlope, rays.subarray(4));
    gl.bindVertexArray(this.#passes.emptyArray);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** The bytes are valid until the next read. */
  read(readBack: ReadBack): Uint8Array {
    const { gl, frame } = this;
    const { drawn } = this.#targets;
    if (readBack === "I420") {
      this.#i420.read(drawn, this.#planeTargets, this.#planes);
      return this.#planes;
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, drawn.framebuffer);
    gl.readPixels(0, 0, frame.width, frame.height, gl.RGBA, gl.UNSIGNED_BYTE, this.#rgba);
    return this.#rgba;
  }

  #march(march: March) {
    const key = JSON.stringify(march);
    const known = this.#marches.get(key) ?? linkMarch(this.#context, march);
    this.#marches.set(key, known);
    return known;
  }
}

/** The photo on one mesh that is stretched over edges. */
export function stretchedSheet(scene: BenchScene, mesh: SceneMesh): Sheet {
  return { mesh, colors: photoRaster(scene), matte: undefined, isSoft: false };
}

function photoRaster({ photo, photoSize }: BenchScene): Raster {
  return { ...photoSize, channels: 3, samples: photo };
}

/** What a march reads: textures that repeat mirrored, because its rays go where they like. */
interface MarchTextures {
  readonly map: WebGLTexture;
  readonly photo: WebGLTexture;
}

export class StagedScene {
  readonly #stage: Stage;
  readonly #buffers: SceneBuffers;
  readonly #textures: MarchTextures;

  constructor(stage: Stage, buffers: SceneBuffers, textures: MarchTextures) {
    this.#stage = stage;
    this.#buffers = buffers;
    this.#textures = textures;
  }

  /** Draws one picture with the mesh, or with a march. */
  picture(state: CameraState, readBack: ReadBack, march?: March): Uint8Array {
    const { frame } = this.#stage;
    const view = viewOf(state, frame, this.#buffers.geometry.halfSides);
    if (march) this.#stage.drawMarch(this.#textures, view, march);
    else this.#stage.drawMesh(this.#buffers, view);
    return this.#stage.read(readBack);
  }

  close(): void {
    const { gl } = this.#stage;
    freeScene(gl, this.#buffers);
    gl.deleteTexture(this.#textures.map);
    gl.deleteTexture(this.#textures.photo);
  }
}

function linkMarch(context: DrawingContext, { probes, backSteps, bisections }: March) {
  const uniforms = ["disparityMap", "photo", "rayBase", "raySlope"] as const;
  const defines = { PROBES: probes, BACK_STEPS: backSteps, BISECTIONS: bisections };
  return linkProgram(context, "fullscreen.vert", "../testing/render/march.frag", uniforms, defines);
}
