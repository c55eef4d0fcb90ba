/** The presets: named camera paths. docs/camera.md has their formulas too. */
import { type CameraState, DEFAULT_CAMERA, type Vec2 } from "./camera.js";
import { type EffectState, NO_EFFECTS } from "./effects.js";
import type { FrameState } from "./frame-state.js";
import { type LoopMode, loopTau, NO_HOLD } from "./loop.js";

export interface Preset {
  readonly summary: string;
  /**
   * Its state at τ = 1 differs from that at τ = 0, so a clip runs through it with ping-pong or
   * once.
   */
  readonly oneWay: boolean;
  /**
   * State at τ for intensity I in [0, 4]. τ is in [0, 1] for a one-way preset and any number for
   * the others.
   */
  readonly state: (tau: number, intensity: number, seen?: Partial<Seen>) => FrameState;
}

/** What a preset knows of what it shows. */
export interface Seen {
  /** The caller's `camera.target`; the state's own is left to the caller. */
  readonly target: Vec2;
  /** Disparity of the photo's subject, as the camera sees it (`subjectOf`). */
  readonly subject: number;
}

/** A photo that nothing is known about. */
const UNSEEN: Seen = { target: DEFAULT_CAMERA.target, subject: 0.5 };

/**
 * The camera values that a preset sets, as functions of the angle c = 2πτ or of τ. All other values
 * keep their defaults.
 */
type CameraMotion = (at: number, intensity: number, seen: Seen) => Partial<CameraState>;
type EffectMotion = (c: number, intensity: number) => EffectState;

/** Largest height that a preset sets; at 1 the nearest point would touch the camera. */
const MAX_HEIGHT = 0.95;
/** Widest opening of a lens. */
const MAX_BLUR = 2;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const height = (value: number) => clamp(value, 0, MAX_HEIGHT);
/** From 0 to 1 and back in one turn. */
const rise = (c: number) => (1 - Math.cos(c)) / 2;
/** From 0 to 1, slow at both ends. */
const smooth = (tau: number) => tau * tau * (3 - 2 * tau);

function loops(
  summary: string,
  camera: CameraMotion,
  effects: EffectMotion = () => NO_EFFECTS,
): Preset {
  const state: Preset["state"] = (tau, I, seen) => {
    const c = 2 * Math.PI * tau;
    const moved = camera(c, I, { ...UNSEEN, ...seen });
    return { camera: { ...DEFAULT_CAMERA, ...moved }, effects: effects(c, I) };
  };
  return { summary, oneWay: false, state };
}

function goesOneWay(summary: string, camera: CameraMotion): Preset {
  const state: Preset["state"] = (tau, I, seen) => ({
    camera: { ...DEFAULT_CAMERA, ...camera(tau, I, { ...UNSEEN, ...seen }) },
    effects: NO_EFFECTS,
  });
  return { summary, oneWay: true, state };
}

/**
 * The largest zoom at which the far plane fills the screen by itself: B = 1 at dolly 0, where the
 * lens is widest (docs/camera.md).
 */
function fillingZoom(lens: Pick<CameraState, "height" | "focus" | "isometric">): number {
  return 1 / (lens.isometric + (1 - lens.isometric) / (1 - lens.focus * lens.height));
}

/**
 * Zoom by which a path of this progress comes closer to its target. The edges leave no room to move
 * sideways without it, and a target that is further out needs more.
 */
const closer = (progress: number, { x, y }: Vec2) =>
  (1 - 0.4 * Math.min(1, Math.hypot(x, y))) ** progress;

/** The near parts come forward. */
const nearer = (progress: number, target: Vec2) => ({
  height: height(0.2 * progress),
  zoom: closer(progress, target),
});

const SIDEWAYS = { isometric: 0.6, steady: 0.3 };

export const PRESETS = {
  auto: loops(
    "moves gently around the subject that the depth map shows, and a little closer",
    (c, I, { subject }) => {
      const lens = { height: 0.2, focus: subject, isometric: 0.7 };
      return {
        ...lens,
        steady: subject,
        zoom: fillingZoom(lens) * (0.97 - 0.03 * I * rise(c)),
        offset: { x: 0.45 * I * Math.sin(c), y: 0.15 * I * Math.cos(c) },
      };
    },
  ),
  horizontal: loops("sways left and right", (c, I) => ({
    ...SIDEWAYS,
    offset: { x: 0.8 * I * Math.sin(c), y: 0 },
  })),
  vertical: loops("sways up and down", (c, I) => ({
    ...SIDEWAYS,
    offset: { x: 0, y: 0.8 * I * Math.sin(c) },
  })),
  circle: loops("moves on a circle without turning", (c, I) => ({
    ...SIDEWAYS,
    offset: { x: 0.5 * I * Math.cos(c), y: 0.5 * I * Math.sin(c) },
  })),
  orbital: loops("swings around the subject", (c, I) => ({
    steady: 0.3,
    focus: 0.3,
    zoom: 0.98,
    isometric: clamp(0.75 + 0.25 * I * Math.cos(c), 0, 1),
    offset: { x: 0.5 * I * Math.sin(c), y: 0 },
  })),
  swing: loops("hangs like a pendulum: sways sideways and rises at both ends", (c, I) => ({
    steady: 0.4,
    isometric: 0.6,
    offset: { x: 0.6 * I * Math.sin(c), y: 0.2 * I * Math.sin(c) ** 2 },
  })),
  arc: loops("moves on an arc around the subject, closest at its ends", (c, I) => {
    const lens = { height: 0.3, focus: 0.4, isometric: clamp(1 - 0.4 * I, 0, 1) };
    return {
      ...lens,
      steady: 0.4,
      zoom: fillingZoom(lens),
      dolly: 0.25 * I * Math.cos(c) ** 2,
      offset: { x: 0.25 * I * Math.sin(c), y: 0 },
    };
  }),
  pan: loops("looks along the photo from side to side, closer in", (c, I) => ({
    steady: 0.3,
    isometric: 0.85,
    zoom: 1 - 0.06 * I,
    center: { x: 0.06 * I * Math.sin(c), y: 0 },
    origin: { x: 0.06 * I * Math.sin(c), y: 0 },
    offset: { x: 0.15 * I * Math.sin(c), y: 0 },
  })),
  dolly: loops("changes the perspective while the subject keeps its size", (c, I) => ({
    height: 0.3,
    steady: 0.35,
    focus: 0.35,
    zoom: 0.95,
    isometric: clamp(1 - 0.5 * I * (1 - rise(c)), 0, 1),
  })),
  "dolly-zoom": loops("moves away while the lens keeps the subject's size", (c, I) => {
    const lens = { height: height(0.15 * I), focus: 0.5, isometric: 0 };
    return { ...lens, steady: 0.5, zoom: fillingZoom(lens), dolly: 2 * rise(c) };
  }),
  zoom: loops("lets the near parts come forward and go back", (c, I, { target }) =>
    nearer(I * rise(c), target),
  ),
  "zoom-in": goesOneWay("lets the near parts come forward", (tau, I, { target }) =>
    nearer(I * tau, target),
  ),
  "zoom-in-smooth": goesOneWay("zoom-in, slow at both ends", (tau, I, { target }) =>
    nearer(I * smooth(tau), target),
  ),
  "zoom-out": goesOneWay("lets the near parts go back", (tau, I, { target }) =>
    nearer(I * (1 - tau), target),
  ),
  "zoom-out-smooth": goesOneWay("zoom-out, slow at both ends", (tau, I, { target }) =>
    nearer(I * smooth(1 - tau), target),
  ),
  "push-in": goesOneWay(
    "moves in from the photo itself, near parts first",
    (tau, I, { target }) => ({
      height: 0.2,
      zoom: 0.95 ** (I * smooth(tau)) * closer(I * smooth(tau), target),
      isometric: clamp(1 - 0.5 * I * smooth(tau), 0, 1),
    }),
  ),
  "focus-pull": loops(
    "opens the lens and moves the focus from near to far and back",
    (c, I) => ({ ...SIDEWAYS, offset: { x: 0.2 * I * Math.sin(c), y: 0 } }),
    (c, I) => ({
      ...NO_EFFECTS,
      depthOfField: {
        ...NO_EFFECTS.depthOfField,
        intensity: clamp(I, 0, MAX_BLUR),
        start: 0.1 + 0.6 * rise(c),
        end: 0.5 + 0.5 * rise(c),
      },
    }),
  ),
  still: loops("does not move: the photo itself", () => ({ isometric: 1 })),
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];
/** Of a request that names no preset and sets no camera. */
export const DEFAULT_PRESET: PresetName = "auto";
/** The preset below what a request sets of the camera, if it names none. */
export const PRESET_OF_OWN_CAMERA: PresetName = "circle";

export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}

/** The loop mode of a preset unless the caller sets one. It makes the clip loop seamlessly. */
export function defaultLoopMode(preset: PresetName): LoopMode {
  return PRESETS[preset].oneWay ? "ping-pong" : "loop";
}

export interface PathSpec {
  readonly preset: PresetName;
  readonly intensity: number;
  /** Added to τ, in turns; 0 for a one-way preset. */
  readonly phaseTurns: number;
  /** `Seen.subject`, where the photo's depth is known. */
  readonly subject?: number;
}

/** The cameras of a preset alone over a closed clip: frame `frames` would equal frame 0. */
export function cameraPath(spec: PathSpec, frames: number): CameraState[] {
  const { oneWay, state } = PRESETS[spec.preset];
  const loop = { mode: defaultLoopMode(spec.preset), ...NO_HOLD };
  const phaseTurns = oneWay ? 0 : spec.phaseTurns;
  return Array.from(
    { length: frames },
    (_, frame) => state(loopTau(loop, frames, frame) + phaseTurns, spec.intensity).camera,
  );
}
