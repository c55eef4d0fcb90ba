/**
 * The surfaces of a made scene. A scene lives in the space of photo points u and disparity d, in
 * which every ray of the camera is a straight line: u(d) = from + d·per (core/scene/camera.ts).
 * Each surface goes on behind those that hide it, so that there is a truth about what a photo
 * hides.
 */

/** Where a surface can be, in units of the photo's plane and in disparity. */
export interface Bounds {
  readonly minX: number;
  readonly maxX: number;
  readonly minY: number;
  readonly maxY: number;
  readonly minD: number;
  readonly maxD: number;
}

export interface Surface {
  readonly bounds: Bounds;
  /**
   * The largest disparity in (behind, 1] at which the ray u(d) = from + d·per meets the surface; −1
   * where there is none.
   */
  hit(fromX: number, fromY: number, perX: number, perY: number, behind: number): number;
  /** Writes red, green and blue (0 to 255) of the surface's point (x, y, d) into `out`. */
  shade(x: number, y: number, d: number, out: Float32Array): void;
}

export type Shade = Surface["shade"];
/** Whether the point (x, y) of a plane belongs to the surface. */
export type Mask = (x: number, y: number) => boolean;

/** d = at + perX·x + perY·y. */
export interface Slope {
  readonly at: number;
  readonly perX: number;
  readonly perY: number;
}

export type Area = Pick<Bounds, "minX" | "maxX" | "minY" | "maxY">;

export const EVERYWHERE: Area = {
  minX: -Infinity,
  maxX: Infinity,
  minY: -Infinity,
  maxY: Infinity,
};

/** The part of a sloping plane inside `area` and `mask`. */
export function plane(
  { at, perX, perY }: Slope,
  area: Area,
  shade: Shade,
  mask: Mask = () => true,
): Surface {
  const { minX, maxX, minY, maxY } = area;
  // A slope times an infinite side has no end, and 0 · ∞ is no number.
  const ends = (per: number, low: number, high: number) =>
    per === 0 ? [0, 0] : [Math.min(per * low, per * high), Math.max(per * low, per * high)];
  const [lowX = 0, highX = 0] = ends(perX, minX, maxX);
  const [lowY = 0, highY = 0] = ends(perY, minY, maxY);
  return {
    bounds: { ...area, minD: at + lowX + lowY, maxD: at + highX + highY },
    shade,
    hit(fromX, fromY, rayX, rayY, behind) {
      const d = (at + perX * fromX + perY * fromY) / (1 - perX * rayX - perY * rayY);
      if (!(d > behind && d <= 1)) return -1;
      const x = fromX + d * rayX;
      const y = fromY + d * rayY;
      if (x < minX || x > maxX || y < minY || y > maxY) return -1;
      return mask(x, y) ? d : -1;
    },
  };
}

export interface Ellipsoid {
  readonly x: number;
  readonly y: number;
  readonly d: number;
  /** Half axes along the photo, before the turn. */
  readonly radiusX: number;
  readonly radiusY: number;
  /** Half axis in disparity. */
  readonly radiusD: number;
  /** Counterclockwise turn in the photo's plane, in radians. */
  readonly turn?: number;
}

/** A solid of which every side can be seen. Its shade is darker where it turns away. */
export function ellipsoid(
  { x: cx, y: cy, d: cd, radiusX, radiusY, radiusD, turn = 0 }: Ellipsoid,
  color: Shade,
): Surface {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const halfX = Math.hypot(radiusX * cos, radiusY * sin);
  const halfY = Math.hypot(radiusX * sin, radiusY * cos);
  return {
    bounds: {
      ...{ minX: cx - halfX, maxX: cx + halfX, minY: cy - halfY, maxY: cy + halfY },
      ...{ minD: cd - radiusD, maxD: cd + radiusD },
    },
    hit(fromX, fromY, rayX, rayY, behind) {
      const ox = fromX - cx;
      const oy = fromY - cy;
      // In the coordinates in which the solid is the unit sphere.
      const px = (ox * cos + oy * sin) / radiusX;
      const py = (oy * cos - ox * sin) / radiusY;
      const pd = -cd / radiusD;
      const vx = (rayX * cos + rayY * sin) / radiusX;
      const vy = (rayY * cos - rayX * sin) / radiusY;
      const vd = 1 / radiusD;
      const a = vx * vx + vy * vy + vd * vd;
      const b = px * vx + py * vy + pd * vd;
      const c = px * px + py * py + pd * pd - 1;
      const inside = b * b - a * c;
      if (inside < 0) return -1;
      const d = (-b + Math.sqrt(inside)) / a;
      return d > behind && d <= 1 ? d : -1;
    },
    shade(x, y, d, out) {
      color(x, y, d, out);
      const ox = x - cx;
      const oy = y - cy;
      const nx = (ox * cos + oy * sin) / radiusX;
      const ny = (oy * cos - ox * sin) / radiusY;
      const nd = (d - cd) / radiusD;
      // Light from the upper left front.
      const up = nx * sin + ny * cos;
      const right = nx * cos - ny * sin;
      const light = 0.62 + 0.3 * nd + 0.16 * up - 0.12 * right;
      for (let i = 0; i < 3; i++) out[i] = (out[i] ?? 0) * light;
    },
  };
}
