/** Draws frames in the pace of the screen, and only while there is something new to draw. */
/** Runs this at the next frame of the screen, with its time in milliseconds. */
export type Schedule = (run: (nowMs: number) => void) => void;

const onNextFrame: Schedule = (run) => {
  requestAnimationFrame(run);
};

export class FrameLoop {
  readonly #draw: (elapsedMs: number) => boolean;
  readonly #schedule: Schedule;
  #isAsked = false;
  /** When the last frame was drawn; undefined after a pause. */
  #lastMs: number | undefined;

  /** `draw` learns how long ago the last frame was, and returns whether the next one differs. */
  constructor(draw: (elapsedMs: number) => boolean, schedule: Schedule = onNextFrame) {
    this.#draw = draw;
    this.#schedule = schedule;
  }

  /** Something has changed. */
  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#schedule((nowMs) => this.#frame(nowMs));
  }

  #frame(nowMs: number): void {
    this.#isAsked = false;
    const elapsedMs = this.#lastMs === undefined ? 0 : nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (this.#draw(elapsedMs)) this.ask();
    else this.#lastMs = undefined;
  }
}
