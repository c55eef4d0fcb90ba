/** Finds the moments of a camera path at which it can uncover or stretch most. */
import type { View } from "../aim.js";
import { type CameraState, raysOf, seenDisparity, type Vec2 } from "../camera.js";

/** Directions in which points of the screen move per disparity. */
const DIRECTIONS: readonly Vec2[] = Array.from({ length: 8 }, (_, i) => ({
  x: Math.cos((i * Math.PI) / 4),
  y: Math.sin((i * Math.PI) / 4),
}));

/** So many moments are looked at, if the path has as many and moves at all. */
const MOMENTS = 8;

/** Movements below this, in half heights of the screen per disparity, uncover nothing. */
const MIN_MOVEMENT = 1e-6;

/**
 * Indices of the cameras that move the middle of the screen farthest in each direction, and its
 * corners farthest out and in. What a camera uncovers follows from the way that things of different
 * disparity move against each other, so that no other camera of the path uncovers much more. Where
 * these are few, others between them are added: a path that zooms moves as far at many moments, and
 * shows other parts of the photo at each. At most 10; empty if nothing moves.
 */
export function worstMoments(path: readonly CameraState[], { aspect }: View): number[] {
  const flows = path.map((camera) => {
    const { A, B, C, D, k } = raysOf(camera);
    const { base, slope } = seenDisparity(camera);
    // Halfway between the nearest and the farthest plane.
    const scale = (slope * k) / (B + k * (base + slope / 2) * (D - B));
    const out = -scale * (D - B) * Math.hypot(aspect, 1);
    return { x: scale * (A.x - C.x), y: scale * (A.y - C.y), out };
  });
  const worst = new Set<number>();
  const add = (amount: (flow: (typeof flows)[number]) => number) => {
    let most = MIN_MOVEMENT;
    let found = -1;
    flows.forEach((flow, index) => {
      if (amount(flow) <= most) return;
      most = amount(flow);
      found = index;
    });
    if (found >= 0) worst.add(found);
  };
  for (const { x, y } of DIRECTIONS) add((flow) => flow.x * x + flow.y * y);
  add(({ out }) => out);
  add(({ out }) => -out);
  for (let i = 0; worst.size > 0 && worst.size < MOMENTS && i < MOMENTS; i++) {
    worst.add(Math.floor((i * path.length) / MOMENTS));
  }
  return [...worst];
}
