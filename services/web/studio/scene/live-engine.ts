/**
 * The scene of the page, in its worker: what is loaded, what is open in the GPU, and what is drawn.
 * Nothing is drawn while nothing changes.
 */
import { stillScene } from "../../../../core/preview/preview-scene.js";
import {
  cutoutNotes,
  type SceneRasters,
  withSpec,
} from "../../../../core/scene/clip/clip-scene.js";
import { framesOf } from "../../../../core/scene/clip/clip-states.js";
import type { SceneData } from "../../../../core/scene/clip/scene-data.js";
import type { JobSpec } from "../../../../core/spec/spec.js";
import { buildScene } from "../../../../drawing/build-scene.js";
import { sceneNotes } from "../../../../drawing/fit-scene.js";
import { ClipClock } from "./clock.js";
import { decodeDepthMap } from "./decode-depth-map.js";
import { decodePhoto } from "./decode-photo.js";
import { FrameLoop } from "./frame-loop.js";
import type { GlSurface } from "./gl-surface.js";
import {
  clipFrame,
  draft,
  type LiveFrame,
  type LivePlan,
  livePlan,
  lookState,
} from "./live-plan.js";
import { Newest } from "./newest.js";
import { Pointer } from "./pointer.js";
import { covers, standsIn } from "./same-scene.js";
import type { SceneBuilder } from "./scene-builder.js";
import type { LiveFacts } from "./scene-messages.js";
import { stillPng } from "./still-png.js";

export interface EngineEvents {
  /** The first frame of a photo was drawn. */
  picture(): void;
  /** The last frame of a movement was drawn. */
  rest(): void;
  /** The moment of the clip that is shown while it plays. */
  moment(tau: number): void;
}

/** What the last order has asked to see. */
type Shown = "pointer" | "clip";

/** The picture has this many pixels at its longest side until the page says how large it is. */
const FIRST_SIDE_PIXELS = 854;
/** A page that is a little larger or smaller shows the same picture scaled. */
const SAME_SIDE = 1.15;

export class LiveEngine {
  readonly #surface: GlSurface;
  readonly #builder: SceneBuilder;
  readonly #builds = new Newest((plan: LivePlan) => this.#build(plan));
  readonly #loop: FrameLoop;
  readonly #clock = new ClipClock();
  readonly #pointer = new Pointer();
  #shown: Shown = "pointer";
  #longestSide = FIRST_SIDE_PIXELS;
  #rasters: SceneRasters | undefined;
  #spec: JobSpec | undefined;
  #plan: LivePlan | undefined;
  #building = Promise.resolve();
  #askedAtMs = 0;
  #loads = 0;
  #loading = Promise.resolve();
  #buildMs = 0;
  #isRebuilt = false;
  /** No frame of the photo was drawn yet. */
  #isNew = false;

  constructor(surface: GlSurface, builder: SceneBuilder, events: EngineEvents) {
    this.#surface = surface;
    this.#builder = builder;
    this.#loop = new FrameLoop((elapsedMs) => this.#draw(elapsedMs, events));
    surface.onRestored(() => {
      if (this.#plan) this.#show(this.#plan);
    });
  }

  /** Replaces the photo; of the last one nothing stays in memory. `settle` tells the facts. */
  load(photo: Blob, depthMap: Blob, spec: JobSpec): Promise<void> {
    this.#loading = this.#load(++this.#loads, photo, depthMap, spec);
    return this.#loading;
  }

  async #load(load: number, photo: Blob, depthMap: Blob, spec: JobSpec): Promise<void> {
    const [decoded, depthFile] = await Promise.all([
      decodePhoto(this.#surface.gl, photo),
      depthMap.arrayBuffer(),
    ]);
    // Another photo was chosen meanwhile: both callers wait for that one.
    if (load !== this.#loads) return this.#loading;
    const { disparity, size } = decodeDepthMap(depthFile);
    const rasters: SceneRasters = {
      ...{ photo: decoded.rgb, photoSize: decoded.size, alpha: decoded.alpha },
      ...{ disparity, disparitySize: size },
    };
    this.#surface.close();
    this.#plan = undefined;
    this.#rasters = rasters;
    this.#isNew = true;
    this.#builder.use(rasters);
    this.setSpec(spec);
  }

  /**
   * Camera and effects change with the next frame. A mesh that they need is built meanwhile, and
   * `settle` waits for it. Throws the errors of a camera that the photo does not allow, and shows
   * what it showed before then.
   */
  setSpec(spec: JobSpec): void {
    const rasters = this.#loaded();
    this.#askedAtMs = performance.now();
    const plan = livePlan(rasters, spec, this.#options());
    this.#spec = spec;
    this.#show(plan);
  }

  /** The longest side that the picture has on the page, in its pixels. */
  resize(longestSide: number): void {
    const factor = longestSide / this.#longestSide;
    if (factor < SAME_SIDE && factor > 1 / SAME_SIDE) return;
    this.#longestSide = longestSide;
    if (!this.#spec) return;
    try {
      this.setSpec(this.#spec);
    } catch {
      // A limit that is kept by a hair at one size may be exceeded at another: it stays as it is.
    }
  }

  /** Waits until the newest specification is drawn with its own mesh. Throws GPU_OUT_OF_MEMORY. */
  async settle(): Promise<LiveFacts> {
    let waited: Promise<void>;
    do {
      waited = this.#building;
      await waited.catch((error: unknown) => {
        // What has failed for an older specification matters to nobody.
        if (waited === this.#building) throw error;
      });
    } while (waited !== this.#building);
    if (!this.#plan) throw new Error("no photo is loaded");
    return this.#facts(this.#plan);
  }

  look(x: number, y: number): void {
    this.#shown = "pointer";
    this.#clock.pause();
    this.#pointer.moveTo(x, y);
    this.#loop.ask();
  }

  show(tau: number): void {
    this.#shown = "clip";
    this.#clock.show(tau);
    this.#loop.ask();
  }

  play(): void {
    this.#shown = "clip";
    this.#clock.play();
    this.#loop.ask();
  }

  pause(): void {
    this.#clock.pause();
  }

  /** The picture that RenderStill draws of this moment, as a PNG. */
  async still(spec: JobSpec, tau: number, longestSide: number): Promise<Blob> {
    const rasters = withSpec(this.#loaded(), spec);
    const { quality } = this.#surface;
    const { source, data } = stillScene(rasters, { longestSide }, quality);
    const built = await this.#builder.build(data, this.#surface.limits);
    return stillPng(this.#surface.picture(data, built, clipFrame(source, tau)));
  }

  /** Shows the plan as well as what is open can, and builds what it lacks. */
  #show(plan: LivePlan): void {
    const open = this.#surface.openData;
    this.#isRebuilt = !open || !covers(open, plan.data);
    if (!open || !standsIn(open, plan.data)) {
      this.#surface.open(draft(plan.data), buildScene(draft(plan.data), this.#surface.limits));
    }
    this.#plan = plan;
    this.#building = this.#isRebuilt ? this.#builds.ask(plan) : Promise.resolve();
    // `settle` tells.
    this.#building.catch(() => {});
    this.#loop.ask();
  }

  async #build(plan: LivePlan): Promise<void> {
    // What was built before this one was asked for may do.
    const open = this.#surface.openData;
    if (open && covers(open, plan.data)) return;
    const built = await this.#builder.build(plan.data, this.#surface.limits);
    if (!this.#isBetter(plan.data)) return;
    this.#surface.open(plan.data, built);
    this.#buildMs = performance.now() - this.#askedAtMs;
    this.#loop.ask();
  }

  /** Whether what was built meanwhile serves the plan of now better than what is open. */
  #isBetter(built: SceneData): boolean {
    const wanted = this.#plan?.data;
    const open = this.#surface.openData;
    // It may be of the last photo, or of the last shape.
    if (!wanted || !standsIn(built, wanted)) return false;
    return covers(built, wanted) || !open || !covers(open, wanted);
  }

  #loaded(): SceneRasters {
    if (!this.#rasters) throw new Error("no photo is loaded");
    return this.#rasters;
  }

  #options() {
    const { quality, isSoftware } = this.#surface;
    return { longestSide: this.#longestSide, quality, supersampled: !isSoftware };
  }

  /** Returns whether the next frame differs. */
  #draw(elapsedMs: number, events: EngineEvents): boolean {
    const plan = this.#plan;
    if (!plan) return false;
    this.#clock.advance(elapsedMs, plan.clip.spec.clip.durationSeconds);
    this.#pointer.advance(elapsedMs);
    this.#surface.show(this.#frameOf(plan));
    if (this.#isNew) events.picture();
    this.#isNew = false;
    if (this.#clock.isPlaying) events.moment(this.#clock.tau);
    const differs = this.#shown === "clip" ? this.#clock.isPlaying : !this.#pointer.isArrived;
    if (!differs) events.rest();
    return differs;
  }

  #frameOf({ clip, base }: LivePlan): LiveFrame {
    if (this.#shown === "clip") return clipFrame(clip, this.#clock.tau);
    const { x, y } = this.#pointer.at;
    return { state: lookState(base, x, y), frame: 0 };
  }

  #facts({ clip, data }: LivePlan): LiveFacts {
    const { spec, camera, photoSize, disparitySize } = clip;
    const { limits, quality, isSoftware, renderer } = this.#surface;
    return {
      photo: photoSize,
      frame: data.stereo?.composed ?? data.frame,
      camera: camera.figures,
      notes: [
        ...sceneNotes(photoSize, disparitySize, limits),
        ...camera.notes,
        ...cutoutNotes(spec, data),
        ...this.#surface.notes,
      ],
      durationSeconds: spec.clip.durationSeconds,
      frames: framesOf(spec),
      quality: spec.quality ?? quality,
      buildMs: this.#isRebuilt ? this.#buildMs : 0,
      ...{ isRebuilt: this.#isRebuilt, renderer, isSoftware },
    };
  }
}
