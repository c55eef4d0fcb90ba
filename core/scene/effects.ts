/** What is done to a picture after it is drawn. Every number may move with the camera; `NO_EFFECTS` changes nothing. */

/** Darkens towards the corners. */
export interface VignetteState {
  /** [0, 1]; 0 is off. */
  readonly intensity: number;
  /** How fast it falls off, [0, 100]. */
  readonly decay: number;
}

/** Bends colors apart towards the edges of the frame, as a simple lens does. */
export interface LensState {
  /** [0, 2]; 0 is off. */
  readonly intensity: number;
  /** Distance from the center below which nothing is bent, [0, 1], in half diagonals. */
  readonly decay: number;
  /** Samples along the spectrum, a whole number in [3, 100]. */
  readonly quality: number;
}

/**
 * Blurs by disparity: sharp at `start`, fully blurred at `end`, by ((depth − start) / (end − start)) in [0, 1]. Where start
 * lies beyond end the near parts blur; where both are equal the ramp is a step.
 */
export interface DepthOfFieldState {
  /** [0, 2]; 0 is off. */
  readonly intensity: number;
  /** Depth (1 − disparity) at which the blur begins, [0, 1]. */
  readonly start: number;
  /** Depth at which it is full, [0, 1]. */
  readonly end: number;
  /** Of the ramp between them, [0.1, 8]. */
  readonly exponent: number;
  /** Samples along each direction, a whole number in [1, 16]. */
  readonly quality: number;
  /** Directions around the pixel, a whole number in [4, 32]. */
  readonly directions: number;
}

export interface ColorState {
  /** Per cent, [0, 200]; 100 is neutral. */
  readonly saturation: number;
  readonly contrast: number;
  readonly brightness: number;
  /** Per cent, [0, 400]: a value v in [0, 1] becomes v^(100 / gamma). 100 is neutral; at 0 only white is left. */
  readonly gamma: number;
  /** Per cent, [0, 100]; 0 is off. */
  readonly grayscale: number;
  readonly sepia: number;
}

export interface EffectState {
  readonly vignette: VignetteState;
  readonly lens: LensState;
  readonly depthOfField: DepthOfFieldState;
  readonly color: ColorState;
  /** Film grain: standard deviation as a fraction of white, [0, 1]. */
  readonly grain: number;
  /** Unsharp mask: amount, [0, 2]. */
  readonly sharpen: number;
}

export const NO_EFFECTS: EffectState = {
  vignette: { intensity: 0, decay: 20 },
  lens: { intensity: 0, decay: 0.4, quality: 30 },
  depthOfField: { intensity: 0, start: 0.6, end: 1, exponent: 2, quality: 4, directions: 16 },
  color: { saturation: 100, contrast: 100, brightness: 100, gamma: 100, grayscale: 0, sepia: 0 },
  grain: 0,
  sharpen: 0,
};
