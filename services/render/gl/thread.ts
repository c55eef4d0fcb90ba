/** The thread that owns GL: opens scenes, draws frames into shared memory, closes scenes. */
import { parentPort } from "node:worker_threads";
import createContext from "gl";
import { sceneMesh } from "../../../core/scene/mesh/scene-mesh.js";
import { PassRunner } from "./effects/pass-runner.js";
import { FrameComposer } from "./frame-composer.js";
import { createFrameTargets, type FrameTargets } from "./frame-targets.js";
import { convertAndRead, linkI420Pass } from "./i420-pass.js";
import type { GlCommand, GlReply, GlRequest, SceneData, SceneFacts } from "./protocol.js";
import {
  drawScene,
  freeScene,
  type SceneBuffers,
  ScenePassPrograms,
  uploadScene,
} from "./scene-pass.js";
import { maxTargetSide, supersampling } from "./supersampling.js";

interface OpenScene {
  readonly buffers: SceneBuffers;
  readonly targets: FrameTargets;
  readonly composer: FrameComposer;
  readonly seed: number;
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
const scenePrograms = new ScenePassPrograms(gl);
const i420Pass = linkI420Pass(gl);
const runner = new PassRunner(gl, i420Pass.emptyArray);
const maxSidePixels = maxTargetSide(gl);
const scenes = new Map<number, OpenScene>();

function openScene(scene: number, data: SceneData): SceneFacts {
  const { disparity, disparitySize, geometry, frame, ssaa = 1, seed = 0 } = data;
  const picture = data.picture ?? { x: 0, y: 0, ...frame };
  const { factor, notes } = supersampling(ssaa, picture, maxSidePixels);
  const drawnSize = { width: factor * picture.width, height: factor * picture.height };
  const mesh = sceneMesh(disparity, disparitySize, geometry.detail, geometry.extent);
  scenes.set(scene, {
    buffers: uploadScene(gl, data, mesh),
    targets: createFrameTargets(gl, frame, drawnSize),
    composer: new FrameComposer(gl, runner, { frame, picture, ssaa: factor }),
    seed,
  });
  return { drawnSize, notes };
}

function run(command: GlCommand): SceneFacts | undefined {
  let facts: SceneFacts | undefined;
  switch (command.kind) {
    case "open":
      facts = openScene(command.scene, command.data);
      break;
    case "draw": {
      const open = scenes.get(command.scene);
      if (!open) throw new Error("no such scene");
      const { targets, composer, seed } = open;
      const { effects, frame } = command;
      gl.bindFramebuffer(gl.FRAMEBUFFER, targets.drawn.framebuffer);
      drawScene(gl, scenePrograms, open.buffers, command.view, targets.drawn.size);
      const { texture } = composer.compose(targets.drawn, { effects, seed, frame });
      convertAndRead(gl, i420Pass, texture, targets.planes, command.target);
      break;
    }
    case "close": {
      const open = scenes.get(command.scene);
      scenes.delete(command.scene);
      if (!open) return;
      freeScene(gl, open.buffers);
      open.targets.free();
      open.composer.free();
    }
  }
  const code = gl.getError();
  if (code !== gl.NO_ERROR) throw new Error(`GL error 0x${code.toString(16)} at ${command.kind}`);
  return facts;
}

port.on("message", ({ id, command }: GlRequest) => {
  let reply: GlReply = { id };
  try {
    const facts = run(command);
    if (facts) reply = { id, facts };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
});
port.postMessage({ id: 0 } satisfies GlReply);
