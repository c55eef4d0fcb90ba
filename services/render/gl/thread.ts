/** The thread that owns GL: opens scenes, draws frames into shared memory, closes scenes. */
import { parentPort } from "node:worker_threads";
import createContext from "gl";
import { adaptiveMesh } from "../../../core/scene/mesh/adaptive.js";
import { environmentVariable } from "../../../kit/config.js";
import { countObjects } from "./census.js";
import { ContextLostError, checkErrors, OutOfMemoryError } from "./errors.js";
import { fitTextures } from "./fit-textures.js";
import { createFrameTargets, type FrameTargets } from "./frame-targets.js";
import { linkI420Pass, packAndRead } from "./i420-pass.js";
import { readLimits } from "./limits.js";
import type { GlAnswer, GlCommand, GlReply, GlRequest, SceneData, View } from "./protocol.js";
import { readRgba } from "./rgba.js";
import {
  drawScene,
  freeScene,
  linkScenePass,
  type SceneBuffers,
  type ScenePassProgram,
  uploadScene,
} from "./scene-pass.js";

interface OpenScene {
  readonly pass: ScenePassProgram;
  readonly buffers: SceneBuffers;
  readonly targets: FrameTargets;
}

function openContext(): WebGL2RenderingContext {
  // Everything is drawn to framebuffers of our own; the context's size does not matter.
  const gl = createContext(16, 16, { createWebGL2Context: true, antialias: false });
  const display = environmentVariable("DISPLAY") ?? "none";
  if (!gl) {
    throw new Error(`no GL context on display ${display}: is an X server there, and a GL driver?`);
  }
  return gl;
}

const port = parentPort;
if (!port) throw new Error("this file runs as a worker thread");
const gl = openContext();
const census = countObjects(gl);
const scenePasses = new Map<number, ScenePassProgram>();
const i420Pass = linkI420Pass(gl);
const limits = readLimits(gl);
const emptyArray = gl.createVertexArray();
const scenes = new Map<number, OpenScene>();

/** Compiled once a process, when it is first needed. */
function scenePassOf(refineSteps: 0 | 1 | 2): ScenePassProgram {
  const known = scenePasses.get(refineSteps);
  if (known) return known;
  const made = linkScenePass(gl, refineSteps);
  scenePasses.set(refineSteps, made);
  return made;
}

/** Upload a scene. What was made of one that finds no room is deleted again. */
function openScene(given: SceneData): OpenScene {
  const data = fitTextures(given, limits.textureSidePixels);
  const { disparity, disparitySize, detail } = data;
  const pass = scenePassOf(detail.refineSteps);
  const mesh = adaptiveMesh(disparity, disparitySize, detail.meshSide, detail.maxError);
  const buffers = uploadScene(gl, data, mesh);
  let targets: FrameTargets | undefined;
  try {
    targets = createFrameTargets(gl, data.frame);
    checkErrors(gl, "open");
    return { pass, buffers, targets };
  } catch (error) {
    freeScene(gl, buffers);
    targets?.free();
    throw error;
  }
}

function draw(id: number, view: View): FrameTargets {
  const open = scenes.get(id);
  if (!open) throw new Error("no such scene");
  gl.bindFramebuffer(gl.FRAMEBUFFER, open.targets.scene);
  drawScene(gl, open.pass, open.buffers, view, open.targets.size);
  return open.targets;
}

function run(command: GlCommand): GlAnswer {
  switch (command.kind) {
    case "open":
      scenes.set(command.scene, openScene(command.data));
      return undefined;
    case "draw": {
      const targets = draw(command.scene, command.view);
      packAndRead(gl, i420Pass, emptyArray, targets, command.target);
      break;
    }
    case "still":
      readRgba(gl, draw(command.scene, command.view).size, command.target);
      break;
    case "close": {
      const open = scenes.get(command.scene);
      scenes.delete(command.scene);
      if (!open) break;
      freeScene(gl, open.buffers);
      open.targets.free();
      break;
    }
    case "count":
      return census();
  }
  checkErrors(gl, command.kind);
  return undefined;
}

function failureOf(error: unknown): NonNullable<GlReply["error"]> {
  const message = error instanceof Error ? error.message : String(error);
  const reason = error instanceof OutOfMemoryError ? "GPU_OUT_OF_MEMORY" : "RENDERER_LOST";
  return { reason, message };
}

port.on("message", ({ id, command }: GlRequest) => {
  let reply: GlReply;
  try {
    reply = { id, answer: run(command) };
  } catch (error) {
    // Ends the thread, which the main thread takes for the loss that it is.
    if (error instanceof ContextLostError) throw error;
    reply = { id, error: failureOf(error) };
  }
  port.postMessage(reply);
});
port.postMessage({ id: 0, answer: limits } satisfies GlReply);
