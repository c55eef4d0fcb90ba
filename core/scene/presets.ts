/** Named camera paths. Each is a function of τ in [0, 1) whose state at τ = 1 equals that at τ = 0. */
import { type CameraState, DEFAULT_CAMERA } from "./camera.js";

interface Preset {
  readonly summary: string;
  /** State at angle c = 2π(τ + phase) with intensity I in [0, 4]. */
  readonly state: (c: number, intensity: number) => CameraState;
}

/** Largest height that a preset derives; at 1 the nearest point would touch the camera. */
const MAX_HEIGHT = 0.95;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const SIDEWAYS = { ...DEFAULT_CAMERA, isometric: 0.6, steady: 0.3 };

export const PRESETS = {
  horizontal: {
    summary: "sways left and right",
    state: (c, I) => ({ ...SIDEWAYS, offset: { x: 0.8 * I * Math.sin(c), y: 0 } }),
  },
  vertical: {
    summary: "sways up and down",
    state: (c, I) => ({ ...SIDEWAYS, offset: { x: 0, y: 0.8 * I * Math.sin(c) } }),
  },
  circle: {
    summary: "moves on a circle without turning",
    state: (c, I) => ({
      ...SIDEWAYS,
      offset: { x: 0.5 * I * Math.cos(c), y: 0.5 * I * Math.sin(c) },
    }),
  },
  orbital: {
    summary: "swings around the subject",
    state: (c, I) => ({
      ...DEFAULT_CAMERA,
      steady: 0.3,
      focus: 0.3,
      zoom: 0.98,
      isometric: clamp(0.75 + 0.25 * I * Math.cos(c), 0, 1),
      offset: { x: 0.5 * I * Math.sin(c), y: 0 },
    }),
  },
  dolly: {
    summary: "changes the perspective while the subject keeps its size",
    state: (c, I) => ({
      ...DEFAULT_CAMERA,
      height: 0.3,
      steady: 0.35,
      focus: 0.35,
      zoom: 0.95,
      isometric: clamp(0.5 * I * (1 - Math.cos(c)), 0, 1),
    }),
  },
  zoom: {
    summary: "lets the near parts come forward and go back",
    state: (c, I) => ({
      ...DEFAULT_CAMERA,
      height: clamp(0.8 * I * Math.sin(c / 2) ** 2, 0, MAX_HEIGHT),
    }),
  },
  still: {
    summary: "does not move: the photo itself",
    state: () => ({ ...DEFAULT_CAMERA, isometric: 1 }),
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];
export const DEFAULT_PRESET: PresetName = "circle";

export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}

export interface PathSpec {
  readonly preset: PresetName;
  readonly intensity: number;
  readonly phaseTurns: number;
}

/** The state at τ in [0, 1]. */
export function cameraAt({ preset, intensity, phaseTurns }: PathSpec, tau: number): CameraState {
  return PRESETS[preset].state(2 * Math.PI * (tau + phaseTurns), intensity);
}

/** The states of a clip's frames: frame i stands at τ = i / frames, so that frame `frames` would equal frame 0. */
export function cameraPath(spec: PathSpec, frames: number): CameraState[] {
  return Array.from({ length: frames }, (_, i) => cameraAt(spec, i / frames));
}
