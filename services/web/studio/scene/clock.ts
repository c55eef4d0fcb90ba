/** The moment of a clip that is shown: it stands, or goes on with the time and begins again. */
export class ClipClock {
  #tau = 0;
  #isPlaying = false;

  /** A fraction of the clip, [0, 1]. */
  get tau(): number {
    return this.#tau;
  }

  get isPlaying(): boolean {
    return this.#isPlaying;
  }

  play(): void {
    this.#isPlaying = true;
  }

  pause(): void {
    this.#isPlaying = false;
  }

  /** Stands at this moment. */
  show(tau: number): void {
    this.#isPlaying = false;
    this.#tau = Math.max(0, Math.min(1, tau || 0));
  }

  advance(elapsedMs: number, durationSeconds: number): void {
    if (!this.#isPlaying || durationSeconds <= 0) return;
    this.#tau = (this.#tau + Math.max(0, elapsedMs) / (1000 * durationSeconds)) % 1;
  }
}
