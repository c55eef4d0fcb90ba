/** A page with nothing but the studio's scene, which a test drives. */
import { type LiveScene, openLiveScene } from "../../../services/web/studio/scene/live-scene.js";

export interface ScenePage {
  readonly openLiveScene: typeof openLiveScene;
  scene?: LiveScene;
}

declare global {
  interface Window {
    page: ScenePage;
  }
}

window.page = { openLiveScene };
