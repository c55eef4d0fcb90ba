/** The camera that follows the pointer: smoothly, and at the same pace at any frame rate. */
import type { Vec2 } from "../../../../core/scene/camera.js";

/** In this time the distance to the pointer becomes 1 / e of what it was. */
const FOLLOW_MS = 90;
/** Nearer than this it has arrived: less than a hundredth of a pixel of motion. */
const ARRIVED = 0.0005;

export class Pointer {
  #at: Vec2 = { x: 0, y: 0 };
  #target: Vec2 = { x: 0, y: 0 };

  /** Where it is, x to the right and y upwards, each in [−1, 1]. */
  get at(): Vec2 {
    return this.#at;
  }

  get isArrived(): boolean {
    return this.#at.x === this.#target.x && this.#at.y === this.#target.y;
  }

  /** Values beyond [−1, 1] count as the nearest end, and what is no number as the middle. */
  moveTo(x: number, y: number): void {
    this.#target = { x: within(x), y: within(y) };
  }

  /** Goes on for so many milliseconds. */
  advance(elapsedMs: number): void {
    const part = 1 - Math.exp(-Math.max(0, elapsedMs) / FOLLOW_MS);
    const x = this.#at.x + part * (this.#target.x - this.#at.x);
    const y = this.#at.y + part * (this.#target.y - this.#at.y);
    const isNear = Math.hypot(this.#target.x - x, this.#target.y - y) < ARRIVED;
    this.#at = isNear ? this.#target : { x, y };
  }
}

const within = (value: number) => Math.max(-1, Math.min(1, value || 0));
