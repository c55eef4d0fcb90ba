/** A page with nothing but the studio's scene and what it tells, which a test drives. */
import {
  type LiveFacts,
  type LiveScene,
  openLiveScene,
} from "../../../services/web/studio/scene/live-scene.js";

export interface ScenePage {
  /** Opens the scene on the canvas and loads the photo that is served beside the page. */
  open(): Promise<LiveFacts>;
  /** Loads the photo with the depth map of this name. */
  load(depthMap: string): Promise<LiveFacts>;
  scene?: LiveScene;
  /** Of the clip, in the order in which they were shown. */
  readonly moments: number[];
  /** How often it came to rest. */
  rests: number;
  /** Whether the context was lost, each time that this has changed. */
  readonly contexts: boolean[];
}

declare global {
  interface Window {
    page: ScenePage;
  }
}

const file = async (name: string) => (await fetch(name)).blob();

window.page = {
  open: async () => {
    const canvas = document.querySelector("canvas");
    if (!canvas) throw new Error("the page has no canvas");
    const { page } = window;
    page.scene = openLiveScene(canvas, {
      moment: (tau) => page.moments.push(tau),
      rest: () => {
        page.rests++;
      },
      context: (isLost) => page.contexts.push(isLost),
    });
    return page.load("depth-map.png");
  },
  load: async (name) => {
    const { scene } = window.page;
    if (!scene) throw new Error("the scene is not open");
    const [photo, depthMap] = await Promise.all([file("photo.png"), file(name)]);
    return scene.load({ photo, depthMap, spec: {} });
  },
  moments: [],
  rests: 0,
  contexts: [],
};
