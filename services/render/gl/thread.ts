/**
 * The entry point of the GL thread: opens scenes, draws their frames into shared memory, and closes
 * them.
 */
import createContext from "gl";
import { DepthmeshError } from "../../../core/errors.js";
import { type Size, scaled } from "../../../core/geometry/size.js";
import { environmentVariable } from "../../../kit/config.js";
import { collectGarbage } from "../../../kit/process/collect-garbage.js";
import { answerRequests, type ThreadHandlers } from "../../../kit/process/thread-client.js";
import { type ColorTarget, readRgb, readRgba } from "./color-target.js";
import {
  ContextLostError,
  checkErrors,
  countObjects,
  OutOfMemoryError,
  readLimits,
  SCENE_OBJECTS,
} from "./driver.js";
import { needsDisparity } from "./effects/depth-of-field.js";
import { PassRunner } from "./effects/effect-pass.js";
import { fitTextures, fittingFactor } from "./fit-scene.js";
import { createFrameTargets, FrameComposer, type FrameTargets } from "./frame-composer.js";
import { type I420Targets, linkI420Pass } from "./i420-pass.js";
import { type I420Choice, I420Reader } from "./i420-reader.js";
import type { DrawRequest, GlCalls, SceneData, SceneFacts, View } from "./protocol.js";
import { freeScene, type SceneBuffers, uploadScene } from "./scene-buffers.js";
import { drawScene } from "./scene-pass.js";
import { ScenePrograms } from "./scene-programs.js";
import { sheetsOf } from "./sheets.js";
import { StereoComposer } from "./stereo-composer.js";
import { StereoPrograms } from "./stereo-programs.js";

interface OpenScene {
  readonly buffers: SceneBuffers;
  readonly targets: FrameTargets;
  /** Where GL converts the frames to I420. */
  readonly planes: I420Targets | undefined;
  readonly composer: FrameComposer;
  /** Of scenes with a view for each eye. */
  readonly stereo: StereoComposer | undefined;
  readonly seed: number;
}

function openContext(): WebGL2RenderingContext {
  // The size does not matter, because everything is drawn to our own framebuffers.
  const gl = createContext(16, 16, { createWebGL2Context: true, antialias: false });
  const display = environmentVariable("DISPLAY") ?? "none";
  if (!gl) {
    throw new Error(`no GL context on display ${display}: is an X server there, and a GL driver?`);
  }
  return gl;
}

const gl = openContext();
const objectCounts = countObjects(gl, SCENE_OBJECTS);
const scenePrograms = new ScenePrograms(gl);
const i420Pass = linkI420Pass(gl);
const i420 = new I420Reader(gl, i420Pass);
const stereoPrograms = new StereoPrograms(gl, i420Pass.emptyArray);
const limits = readLimits(gl);
const runner = new PassRunner(gl, i420Pass.emptyArray);
const scenes = new Map<number, OpenScene>();

/** Uploads a scene. Frees everything again where the driver has no memory for it. */
function openScene(scene: number, requested: SceneData): SceneFacts {
  const data = fitTextures(requested, limits.textureSidePixels);
  const { frame, ssaa = 1, seed = 0 } = data;
  const picture = data.picture ?? { x: 0, y: 0, ...frame };
  const { factor, notes } = fittingFactor(ssaa, picture, limits.frameSidePixels);
  const drawnSize = scaled(picture, factor);
  const sheets = sheetsOf(data);
  scenePrograms.link(sheets, data.cutout !== undefined);
  const read = data.stereo?.composed ?? frame;
  const { targets, planes } = createTargets(read, drawnSize, data.transparent);
  const buffers = uploadScene(gl, data, sheets);
  try {
    checkErrors(gl, "open");
  } catch (error) {
    freeScene(gl, buffers);
    targets.free();
    planes?.free();
    throw error;
  }
  const composer = new FrameComposer(gl, runner, { frame, picture, ssaa: factor });
  const stereo = data.stereo && new StereoComposer(gl, stereoPrograms, data.stereo);
  scenes.set(scene, { buffers, targets, planes, composer, stereo, seed });
  return { drawnSize, notes };
}

/** Frames of transparent scenes are RGBA. Throws like createColorTarget and leaves nothing then. */
function createTargets(read: Size, drawnSize: Size, transparent = false) {
  const targets = createFrameTargets(gl, drawnSize, transparent);
  try {
    return { targets, planes: transparent ? undefined : i420.targetsFor(read) };
  } catch (error) {
    targets.free();
    throw error;
  }
}

function draw({ scene, views, effects, frame, format, target }: DrawRequest): void {
  const open = scenes.get(scene);
  if (!open) throw new Error("no such scene");
  const { buffers, targets, planes, composer, stereo, seed } = open;
  const disparity = needsDisparity(effects);
  const input = { effects, seed, frame };
  const drawView = (view: View): ColorTarget => {
    const drawInto = (into: ColorTarget, matte: boolean) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, into.framebuffer);
      drawScene(gl, scenePrograms, buffers, view, into.size, { matte, disparity });
    };
    drawInto(targets.drawn, false);
    if (!targets.matte) return composer.compose(targets.drawn, input);
    drawInto(targets.matte, true);
    return composer.composeTransparent(targets.drawn, targets.matte, input);
  };
  const [first, second] = views;
  if (!first) throw new Error("no view");
  let composed = drawView(first);
  if (stereo && second) composed = stereo.compose(composed, () => drawView(second));
  if (format === "i420") {
    i420.read(composed, planes, target);
  } else {
    gl.bindFramebuffer(gl.FRAMEBUFFER, composed.framebuffer);
    const read = format === "rgba" ? readRgba : readRgb;
    read(gl, composed.size, target);
  }
  checkErrors(gl, "draw");
}

function closeScene(scene: number): void {
  const open = scenes.get(scene);
  scenes.delete(scene);
  if (!open) return;
  freeScene(gl, open.buffers);
  open.targets.free();
  open.planes?.free();
  open.composer.free();
  open.stereo?.free();
  checkErrors(gl, "close");
}

/** The same handler, whose errors carry their reason to the main thread. */
function reasoned<Req, Res>(handle: (request: Req) => Res): (request: Req) => Res {
  return (request) => {
    try {
      return handle(request);
    } catch (error) {
      if (error instanceof ContextLostError) throw error;
      const reason = error instanceof OutOfMemoryError ? "GPU_OUT_OF_MEMORY" : "RENDERER_LOST";
      throw new DepthmeshError(reason, error instanceof Error ? error.message : String(error));
    }
  };
}

function useMemory(memory: WebAssembly.Memory | undefined): void {
  i420.use(memory);
  if (!memory) collectGarbage();
}

function chooseI420(): I420Choice {
  const choice = i420.choose();
  checkErrors(gl, "the choice of I420");
  return choice;
}

const handlers: ThreadHandlers<GlCalls> = {
  limits: () => limits,
  chooseI420: reasoned(chooseI420),
  memory: reasoned(useMemory),
  open: reasoned(({ scene, data }) => openScene(scene, data)),
  draw: reasoned(draw),
  close: reasoned(({ scene }) => closeScene(scene)),
  count: reasoned(objectCounts),
};

// A lost context ends this thread on purpose, and the main thread reports the loss.
answerRequests(handlers, (error) => error instanceof ContextLostError);
