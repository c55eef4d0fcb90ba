/** Frames that the reader has room for. */
export class Credits {
  #available = 0;
  #closed = false;
  #wake: (() => void) | undefined;

  grant(frames: number): void {
    this.#available += frames;
    this.#wake?.();
  }

  /** The reader is gone: no wait lasts. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Wait for one credit and use it. False when the reader is gone. */
  async take(): Promise<boolean> {
    while (this.#available === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#available === 0) return false;
    this.#available -= 1;
    return true;
  }
}
