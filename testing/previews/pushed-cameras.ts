/** The cameras of a caller of Interact: sent when a test pushes them. */
import { Condition } from "../../kit/async/condition.js";
import type { InteractCamera } from "../../proto/gen/depthmesh/v1/preview_service.js";

export class PushedCameras {
  readonly #waiting: InteractCamera[] = [];
  readonly #change = new Condition();
  #ended = false;

  push(...sequences: number[]): void {
    for (const sequence of sequences) {
      this.#waiting.push({ sequence, x: Math.sin(sequence), y: Math.cos(sequence), dolly: 0 });
    }
    this.#change.notifyAll();
  }

  end(): void {
    this.#ended = true;
    this.#change.notifyAll();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<InteractCamera> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift() as InteractCamera;
      if (this.#ended) return;
      await this.#change.wait();
    }
  }
}
