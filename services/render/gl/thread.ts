/** The thread that owns GL: opens scenes, draws frames into shared memory, closes scenes. */
import { parentPort } from "node:worker_threads";
import createContext from "gl";
import { adaptiveMesh } from "../../../core/scene/mesh/adaptive.js";
import { createFrameTargets, type FrameTargets } from "./frame-targets.js";
import { linkI420Pass, packAndRead } from "./i420-pass.js";
import type { GlCommand, GlReply, GlRequest } from "./protocol.js";
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
  if (!gl) throw new Error("no GL context: is there an X display and a driver?");
  return gl;
}

const port = parentPort;
if (!port) throw new Error("this file runs as a worker thread");
const gl = openContext();
const scenePasses = new Map<number, ScenePassProgram>();
const i420Pass = linkI420Pass(gl);
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

function run(command: GlCommand): void {
  switch (command.kind) {
    case "open": {
      const { scene, data } = command;
      const { disparity, disparitySize, detail } = data;
      const mesh = adaptiveMesh(disparity, disparitySize, detail.meshSide, detail.maxError);
      scenes.set(scene, {
        pass: scenePassOf(detail.refineSteps),
        buffers: uploadScene(gl, data, mesh),
        targets: createFrameTargets(gl, data.frame),
      });
      break;
    }
    case "draw": {
      const open = scenes.get(command.scene);
      if (!open) throw new Error("no such scene");
      gl.bindFramebuffer(gl.FRAMEBUFFER, open.targets.scene);
      drawScene(gl, open.pass, open.buffers, command.view, open.targets.size);
      packAndRead(gl, i420Pass, emptyArray, open.targets, command.target);
      break;
    }
    case "close": {
      const open = scenes.get(command.scene);
      scenes.delete(command.scene);
      if (!open) return;
      freeScene(gl, open.buffers);
      open.targets.free();
    }
  }
  const code = gl.getError();
  if (code !== gl.NO_ERROR) throw new Error(`GL error 0x${code.toString(16)} at ${command.kind}`);
}

port.on("message", ({ id, command }: GlRequest) => {
  let reply: GlReply = { id };
  try {
    run(command);
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
});
port.postMessage({ id: 0 } satisfies GlReply);
