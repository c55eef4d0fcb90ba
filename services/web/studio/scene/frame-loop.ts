/** Draws frames in the pace of the screen, and only while there is something new to draw. */
export class FrameLoop {
  readonly #draw: (elapsedMs: number) => boolean;
  readonly #drawn: (() => void)[] = [];
  #isAsked = false;
  /** When the last frame was drawn; undefined after a pause. */
  #lastMs: number | undefined;

  /** `draw` learns how long ago the last frame was, and returns whether the next one differs. */
  constructor(draw: (elapsedMs: number) => boolean) {
    this.#draw = draw;
  }

  /** Something has changed. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame((nowMs) => this.#frame(nowMs));
  }

  /** Resolves when a frame has been drawn after this. */
  drawn(): Promise<void> {
    this.ask();
    return new Promise((resolve) => {
      this.#drawn.push(resolve);
    });
  }

  #frame(nowMs: number): void {
    this.#isAsked = false;
    const elapsedMs = this.#lastMs === undefined ? 0 : nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    let differs = false;
    try {
      differs = this.#draw(elapsedMs);
    } finally {
      for (const resolve of this.#drawn.splice(0)) resolve();
    }
    if (differs) this.ask();
    else this.#lastMs = undefined;
  }
}
