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
import type { JobSpec } from "../../../../core/spec/spec.js";
import { sceneNotes } from "../../../../drawing/fit-scene.js";
import { ClipClock } from "./clock.js";
import { decodeDepthMap } from "./decode-depth-map.js";
import { decodePhoto } from "./decode-photo.js";
import { FrameLoop } from "./frame-loop.js";
import type { GlSurface } from "./gl-surface.js";
import { clipFrame, type LiveFrame, type LivePlan, livePlan, lookState } from "./live-plan.js";
import { Pointer } from "./pointer.js";
import { covers, hasSameFrames } from "./same-scene.js";
import type { LiveFacts } from "./scene-messages.js";
import { stillPng } from "./still-png.js";

/** What the last order has asked to see. */
type Shown = "pointer" | "clip";

/** The picture has this many pixels at its longest side until the page says how large it is. */
const FIRST_SIDE_PIXELS = 854;
/** A page that is a little larger or smaller shows the same picture scaled. */
const SAME_SIDE = 1.15;

export class LiveEngine {
  readonly #surface: GlSurface;
  readonly #loop: FrameLoop;
  readonly #clock = new ClipClock();
  readonly #pointer = new Pointer();
  #shown: Shown = "pointer";
  #longestSide = FIRST_SIDE_PIXELS;
  #rasters: SceneRasters | undefined;
  #spec: JobSpec | undefined;
  #plan: LivePlan | undefined;

  /** `onMoment` learns which moment of the clip is shown while it plays. */
  constructor(surface: GlSurface, onMoment: (tau: number) => void) {
    this.#surface = surface;
    this.#loop = new FrameLoop((elapsedMs) => this.#draw(elapsedMs, onMoment));
    surface.onRestored(() => {
      this.#loop.ask();
    });
  }

  /** Replaces the photo; of the last one nothing stays in memory. */
  async load(photo: Blob, depthMap: Blob, spec: JobSpec): Promise<LiveFacts> {
    const decoded = await decodePhoto(this.#surface.gl, photo);
    const { disparity, size } = decodeDepthMap(await depthMap.arrayBuffer());
    this.#surface.close();
    this.#plan = undefined;
    this.#rasters = {
      photo: decoded.rgb,
      photoSize: decoded.size,
      alpha: decoded.alpha,
      disparity,
      disparitySize: size,
    };
    return this.setSpec(spec);
  }

  /**
   * Camera and effects change with the next frame; a mesh that they need is built after it. Throws
   * the errors of a camera that the photo does not allow, and shows what it showed before then.
   */
  async setSpec(spec: JobSpec): Promise<LiveFacts> {
    const rasters = this.#loaded();
    const startedAtMs = performance.now();
    const plan = livePlan(rasters, spec, this.#options());
    const open = this.#surface.openData;
    const isRebuilt = !open || !covers(open, plan.data);
    if (isRebuilt && open && hasSameFrames(open, plan.data)) {
      this.#plan = plan;
      await this.#loop.drawn();
    }
    if (isRebuilt) this.#surface.open(plan.data);
    this.#spec = spec;
    this.#plan = plan;
    this.#loop.ask();
    return this.#facts(plan, performance.now() - startedAtMs, isRebuilt);
  }

  /** The longest side that the picture has on the page, in its pixels. */
  resize(longestSide: number): void {
    const factor = longestSide / this.#longestSide;
    if (factor < SAME_SIDE && factor > 1 / SAME_SIDE) return;
    this.#longestSide = longestSide;
    if (!this.#spec || !this.#rasters) return;
    const plan = livePlan(this.#rasters, this.#spec, this.#options());
    this.#surface.open(plan.data);
    this.#plan = plan;
    this.#loop.ask();
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
    return stillPng(this.#surface.picture(data, clipFrame(source, tau)));
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
  #draw(elapsedMs: number, onMoment: (tau: number) => void): boolean {
    const plan = this.#plan;
    if (!plan) return false;
    this.#clock.advance(elapsedMs, plan.clip.spec.clip.durationSeconds);
    this.#pointer.advance(elapsedMs);
    this.#surface.show(this.#frameOf(plan));
    if (this.#clock.isPlaying) onMoment(this.#clock.tau);
    return this.#shown === "clip" ? this.#clock.isPlaying : !this.#pointer.isArrived;
  }

  #frameOf({ clip, base }: LivePlan): LiveFrame {
    if (this.#shown === "clip") return clipFrame(clip, this.#clock.tau);
    const { x, y } = this.#pointer.at;
    return { state: lookState(base, x, y), frame: 0 };
  }

  #facts({ clip, data }: LivePlan, buildMs: number, isRebuilt: boolean): LiveFacts {
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
      ...{ buildMs, isRebuilt, renderer, isSoftware },
    };
  }
}
