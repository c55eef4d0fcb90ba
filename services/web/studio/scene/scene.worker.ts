/** The worker of the scene: all decoding, building and drawing, so that the page never waits. */
import { specOf } from "../spec/spec-request.js";
import { GlSurface } from "./gl-surface.js";
import { LiveEngine } from "./live-engine.js";
import { saidError } from "./said-error.js";
import { SceneBuilder, serveBuilds } from "./scene-builder.js";
import type { CallName, FromWorker, SceneCalls, SceneOrder, ToWorker } from "./scene-messages.js";

let engine: LiveEngine | undefined;

const tell = (message: FromWorker) => postMessage(message);

type Handlers = {
  readonly [Name in CallName]: (
    request: SceneCalls[Name]["request"],
  ) => SceneCalls[Name]["result"] | Promise<SceneCalls[Name]["result"]>;
};

const HANDLERS: Handlers = {
  open: ({ canvas, builder }) => {
    const context = (isLost: boolean) => () => tell({ kind: "context", isLost });
    canvas.addEventListener("webglcontextlost", context(true));
    canvas.addEventListener("webglcontextrestored", context(false));
    engine = new LiveEngine(new GlSurface(canvas), new SceneBuilder(builder), {
      picture: () => tell({ kind: "picture" }),
      rest: () => tell({ kind: "rest" }),
      moment: (tau) => tell({ kind: "moment", tau }),
    });
    return undefined;
  },
  load: async ({ photo, depthMap, spec }) => {
    await opened().load(photo, depthMap, specOf(spec));
    return undefined;
  },
  setSpec: ({ spec }) => {
    opened().setSpec(specOf(spec));
    return undefined;
  },
  settle: () => opened().settle(),
  still: ({ spec, tau, longestSide }) => opened().still(specOf(spec), tau, longestSide),
};

function opened(): LiveEngine {
  if (!engine) throw new Error("the scene has no canvas");
  return engine;
}

function obey(order: SceneOrder): void {
  switch (order.kind) {
    case "look":
      engine?.look(order.x, order.y);
      break;
    case "show":
      engine?.show(order.tau);
      break;
    case "play":
      engine?.play();
      break;
    case "pause":
      engine?.pause();
      break;
    case "resize":
      engine?.resize(order.longestSide);
      break;
    case "build":
      serveBuilds(order.port);
  }
}

async function answer(id: number, run: () => unknown): Promise<void> {
  try {
    tell({ kind: "result", id, result: await run() });
  } catch (error) {
    tell({ kind: "error", id, error: saidError(error) });
  }
}

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case "open":
      void answer(data.id, () => HANDLERS.open(data.request));
      break;
    case "load":
      void answer(data.id, () => HANDLERS.load(data.request));
      break;
    case "setSpec":
      void answer(data.id, () => HANDLERS.setSpec(data.request));
      break;
    case "settle":
      void answer(data.id, () => HANDLERS.settle(data.request));
      break;
    case "still":
      void answer(data.id, () => HANDLERS.still(data.request));
      break;
    default:
      obey(data);
  }
});
