/**
 * The entry point of the GL thread: opens scenes, draws their frames into shared memory, and closes
 * them.
 */
import createContext from "gl";
import { DepthmeshError } from "../../../core/errors.js";
import type { SceneData } from "../../../core/scene/clip/scene-data.js";
import { readRgb, readRgba } from "../../../drawing/color-target.js";
import {
  ContextLostError,
  checkErrors,
  countObjects,
  OutOfMemoryError,
  SCENE_OBJECTS,
} from "../../../drawing/driver.js";
import { drawingContext } from "../../../drawing/program.js";
import { type DrawnScene, SceneDrawing, type SceneFacts } from "../../../drawing/scene-drawing.js";
import { environmentVariable } from "../../../kit/config.js";
import { collectGarbage } from "../../../kit/process/collect-garbage.js";
import { answerRequests, type ThreadHandlers } from "../../../kit/process/thread-client.js";
import { type I420Targets, linkI420Pass } from "./i420-pass.js";
import { type I420Choice, I420Reader } from "./i420-reader.js";
import type { DrawRequest, GlCalls } from "./protocol.js";
import { shaderFiles } from "./shader-files.js";

interface OpenScene {
  readonly drawn: DrawnScene;
  /** Where GL converts the frames to I420. */
  readonly planes: I420Targets | undefined;
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
const context = drawingContext(gl, shaderFiles);
const drawing = new SceneDrawing(context);
const i420 = new I420Reader(gl, linkI420Pass(context));
const scenes = new Map<number, OpenScene>();

/** Uploads a scene. Frees everything again where the driver has no memory for it. */
function openScene(scene: number, data: SceneData): SceneFacts {
  const drawn = drawing.open(data);
  try {
    // Frames of transparent scenes are RGBA.
    const planes = data.transparent
      ? undefined
      : i420.targetsFor(data.stereo?.composed ?? data.frame);
    scenes.set(scene, { drawn, planes });
  } catch (error) {
    drawn.close();
    throw error;
  }
  return drawn.facts;
}

function draw({ scene, format, target, ...frame }: DrawRequest): void {
  const open = scenes.get(scene);
  if (!open) throw new Error("no such scene");
  const composed = open.drawn.draw(frame);
  if (format === "i420") {
    i420.read(composed, open.planes, target);
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
  open?.planes?.free();
  open?.drawn.close();
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
  limits: () => drawing.limits,
  chooseI420: reasoned(chooseI420),
  memory: reasoned(useMemory),
  open: reasoned(({ scene, data }) => openScene(scene, data)),
  draw: reasoned(draw),
  close: reasoned(({ scene }) => closeScene(scene)),
  count: reasoned(objectCounts),
};

// A lost context ends this thread on purpose, and the main thread reports the loss.
answerRequests(handlers, (error) => error instanceof ContextLostError);
