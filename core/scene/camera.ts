/**
 * The moving camera. The photo lies on the plane z = 1, a disparity d in [0, 1] lifts its point to
 * z = 1 − h·d, and one 4×4 matrix projects it. Screen and photo plane share units: y in [−1, 1]
 * upwards, x in [−a, a], a = width / height. Derivation: docs/camera.md.
 */

export interface Vec2 {
  readonly x: number;
  readonly y: number;
}

export interface CameraState {
  /** h: how far the nearest point rises, [0, 1). */
  readonly height: number;
  /** Disparity of the plane that does not move when the offset changes, [0, 1]. */
  readonly steady: number;
  /** Disparity of the plane that keeps its size when dolly and isometric change, [0, 1]. */
  readonly focus: number;
  /** Half extent of the screen window on the focus plane, (0, 2]. */
  readonly zoom: number;
  /** 0 is perspective, 1 is orthographic, [0, 1]. */
  readonly isometric: number;
  /** Distance by which the camera moves back, [0, 20]. */
  readonly dolly: number;
  readonly offset: Vec2;
  readonly center: Vec2;
  readonly origin: Vec2;
  /** The point of the photo that the path goes to and keeps in the picture (`aimAlong`). */
  readonly target: Vec2;
  /** Whether the steady plane stays fixed on the screen when the offset changes. */
  readonly sticky: boolean;
  /** Whether the photo continues mirrored beyond its edges; otherwise there is black. */
  readonly mirror: boolean;
  /** Blends disparity d towards 1 − d, [0, 1]: at 1 the far parts rise, at ½ nothing does. */
  readonly invert: number;
}

export const DEFAULT_CAMERA: CameraState = {
  height: 0.2,
  steady: 0.05,
  focus: 0,
  zoom: 1,
  isometric: 0.3,
  dolly: 0,
  offset: { x: 0, y: 0 },
  center: { x: 0, y: 0 },
  origin: { x: 0, y: 0 },
  target: { x: 0, y: 0 },
  sticky: true,
  mirror: true,
  invert: 0,
};

/** The rays of a state: from O = C + D·g to I = A + B·g on the plane z = 1. */
export interface Rays {
  readonly D: number;
  readonly B: number;
  readonly A: Vec2;
  readonly C: Vec2;
  /** k = h / (1 + dolly): s = 1 − k·d is where on the ray a point of disparity d lies. */
  readonly k: number;
}

export function raysOf(camera: CameraState): Rays {
  const { height: h, steady, focus, zoom, isometric, dolly, offset, center, origin } = camera;
  const f = 1 - focus * h;
  const t = (1 + dolly) / (f + dolly);
  const D = zoom * isometric;
  const B = D + t * (zoom - D);
  const stick = camera.sticky ? 1 / (1 - (steady * h) / (1 + dolly)) : 0;
  const A = {
    x: offset.x + center.x - stick * offset.x,
    y: offset.y + center.y - stick * offset.y,
  };
  const C = { x: offset.x + origin.x, y: offset.y + origin.y };
  return { D, B, A, C, k: h / (1 + dolly) };
}

/**
 * The disparity that the camera uses for a disparity d of the map:
 * d' = base + slope·d, which is d + invert·(1 − 2d).
 */
export function seenDisparity({ invert }: CameraState): { base: number; slope: number } {
  return { base: invert, slope: 1 - 2 * invert };
}

/**
 * Column-major 4×4 matrix M: clip = M · (u.x, u.y, d, 1).
 *
 * With w = B + k(D − B)d and e = u − A + k(A − C)d, clip = (e.x / a, e.y, ((1 − d)·w₀ − d·w₁) / 2,
 * w), so that z / w falls from ½ at d = 0 to −½ at d = 1 and stays monotone in d inside every
 * triangle. With invert, d' of `seenDisparity` replaces d in all of this. It is affine in d, so the
 * matrix contains it. If its slope is negative, z / w rises with d, as it must when the far parts
 * come to the front.
 */
export function projection(camera: CameraState, aspect: number): Float32Array {
  const { D, B, A, C, k } = raysOf(camera);
  const { base, slope } = seenDisparity(camera);
  const w0 = B;
  const w1 = B + k * (D - B);
  const perDisparity = [(k * (A.x - C.x)) / aspect, k * (A.y - C.y), -(w0 + w1) / 2, w1 - w0];
  const atZero = [-A.x / aspect, -A.y, w0 / 2, w0];
  return new Float32Array([
    ...[1 / aspect, 0, 0, 0],
    ...[0, 1, 0, 0],
    ...perDisparity.map((value) => slope * value),
    ...atZero.map((value, row) => value + base * (perDisparity[row] ?? 0)),
  ]);
}

/**
 * The photo point of disparity d that screen point g sees: u = A + B·g + (1 − s)(C − A + (D − B)g).
 */
export function photoPointAt(camera: CameraState, g: Vec2, d: number): Vec2 {
  const { D, B, A, C, k } = raysOf(camera);
  const { base, slope } = seenDisparity(camera);
  const back = k * (base + slope * d);
  return {
    x: A.x + B * g.x + back * (C.x - A.x + (D - B) * g.x),
    y: A.y + B * g.y + back * (C.y - A.y + (D - B) * g.y),
  };
}

/**
 * Where pixel center p (x to the right, y upwards, (½, ½) the lower left one) of a frame meets
 * disparity d, in texture coordinates of the photo (rows downwards): (base + baseStep·p) + d·(slope
 * + slopeStep·p). Eight numbers: base, baseStep, slope, slopeStep, x and y each; what the fragment
 * shader refines with.
 */
export function pixelRays(
  camera: CameraState,
  frame: { readonly width: number; readonly height: number },
  halfSides: Vec2,
): Float32Array {
  const { D, B, A, C, k } = raysOf(camera);
  const seen = seenDisparity(camera);
  const aspect = frame.width / frame.height;
  const result = new Float32Array(8);
  for (const [axis, pixels, half, edge] of [
    [0, frame.width, halfSides.x, aspect],
    [1, frame.height, -halfSides.y, 1],
  ] as const) {
    const [a, c] = axis === 0 ? [A.x, C.x] : [A.y, C.y];
    // g = −edge + gStep·p, and a texture coordinate is ½ + u / (2·half).
    const gStep = (2 * edge) / pixels;
    const scale = 1 / (2 * half);
    const slope = scale * k * (c - a - (D - B) * edge);
    const slopeStep = scale * k * (D - B) * gStep;
    result[axis] = 0.5 + scale * (a - B * edge) + seen.base * slope;
    result[2 + axis] = scale * B * gStep + seen.base * slopeStep;
    result[4 + axis] = seen.slope * slope;
    result[6 + axis] = seen.slope * slopeStep;
  }
  return result;
}

/**
 * Most texels of a map of this size that a ray of the frame crosses while it falls by a disparity
 * of 1; at least 1.
 */
export function mostTexelsCrossed(
  rays: Float32Array,
  frame: { readonly width: number; readonly height: number },
  map: { readonly width: number; readonly height: number },
): number {
  const [slopeX = 0, slopeY = 0, slopeStepX = 0, slopeStepY = 0] = rays.subarray(4);
  let most = 1;
  // The slope is linear over the frame: it is greatest in a corner.
  for (const x of [0, frame.width]) {
    for (const y of [0, frame.height]) {
      const columns = (slopeX + slopeStepX * x) * map.width;
      const rows = (slopeY + slopeStepY * y) * map.height;
      most = Math.max(most, Math.hypot(columns, rows));
    }
  }
  return most;
}
