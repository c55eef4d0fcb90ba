/**
 * Scenes are built in a second worker, so that the first one goes on drawing: the messages between
 * both, and what each does with them. The builder keeps the photo and its depth map, because most
 * scenes are built of the same ones.
 */
import type { SceneRasters } from "../../../../core/scene/clip/clip-scene.js";
import type { SceneData } from "../../../../core/scene/clip/scene-data.js";
import { type BuiltScene, buildScene } from "../../../../drawing/build-scene.js";
import type { GlLimits } from "../../../../drawing/driver.js";
import { errorOf, saidError } from "./said-error.js";
import type { SaidError } from "./scene-messages.js";

type Limits = Pick<GlLimits, "textureSidePixels">;
type WithoutRasters = Omit<SceneData, "photo" | "alpha" | "disparity">;

type ToBuilder =
  | { readonly kind: "use"; readonly rasters: SceneRasters }
  | {
      readonly kind: "build";
      readonly id: number;
      readonly data: WithoutRasters;
      readonly limits: Limits;
    };

type FromBuilder =
  | { readonly id: number; readonly built: BuiltScene }
  | { readonly id: number; readonly error: SaidError };

interface Waiting {
  resolve(built: BuiltScene): void;
  reject(error: Error): void;
}

/** The side that draws. */
export class SceneBuilder {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<FromBuilder>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("built" in data) waiting?.resolve(data.built);
      else waiting?.reject(errorOf(data.error));
    };
  }

  /** All scenes that are built from now on are of these. */
  use(rasters: SceneRasters): void {
    this.#tell({ kind: "use", rasters });
  }

  /** Builds a scene of the rasters that were given last. */
  build(scene: SceneData, { textureSidePixels }: Limits): Promise<BuiltScene> {
    const { photo: _photo, alpha: _alpha, disparity: _disparity, ...data } = scene;
    const id = ++this.#lastId;
    this.#tell({ kind: "build", id, data, limits: { textureSidePixels } });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #tell(message: ToBuilder): void {
    this.#port.postMessage(message);
  }
}

/** The side that builds: answers what comes through this port. */
export function serveBuilds(port: MessagePort): void {
  let rasters: SceneRasters | undefined;
  const tell = (message: FromBuilder) => port.postMessage(message);
  port.onmessage = ({ data: message }: MessageEvent<ToBuilder>) => {
    if (message.kind === "use") {
      rasters = message.rasters;
      return;
    }
    const { id, data, limits } = message;
    try {
      if (!rasters) throw new Error("no photo is loaded");
      const { photo, alpha, disparity } = rasters;
      const isShown = data.transparent === true && alpha !== undefined;
      const scene = { ...data, photo, ...(isShown && { alpha }), disparity };
      tell({ id, built: buildScene(scene, limits) });
    } catch (error) {
      tell({ id, error: saidError(error) });
    }
  };
}
