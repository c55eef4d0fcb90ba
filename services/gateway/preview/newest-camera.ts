/** The cameras of a session's caller, of which only the newest counts. */
import { Condition } from "../../../kit/async/condition.js";
import type { InteractCamera } from "../../../proto/gen/depthmesh/v1/preview_service.js";

/** A camera with the number of older ones that nobody has drawn. */
export interface TakenCamera {
  readonly camera: InteractCamera;
  readonly passedOver: number;
}

export class NewestCamera {
  readonly #changed = new Condition();
  #newest: InteractCamera | undefined;
  #passedOver = 0;
  #hasEnded = false;
  #error: unknown;

  /** Whether one waits to be taken. Throws the error with which the caller's messages ended. */
  get isThere(): boolean {
    if (this.#error !== undefined) throw this.#error;
    return this.#newest !== undefined;
  }

  /** No further one comes. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  push(camera: InteractCamera): void {
    if (this.#newest) this.#passedOver += 1;
    this.#newest = camera;
    this.#changed.notifyAll();
  }

  end(error?: unknown): void {
    this.#hasEnded = true;
    this.#error = error;
    this.#changed.notifyAll();
  }

  take(): TakenCamera | undefined {
    const camera = this.#newest;
    if (!camera) return undefined;
    const passedOver = this.#passedOver;
    this.#newest = undefined;
    this.#passedOver = 0;
    return { camera, passedOver };
  }

  /** One that was taken was not drawn: it is passed over unless it is still the newest. */
  giveBack({ camera, passedOver }: TakenCamera): void {
    this.#passedOver += passedOver;
    if (this.#newest) this.#passedOver += 1;
    else this.#newest = camera;
    this.#changed.notifyAll();
  }

  /** Resolves when something has changed since the call, or when the signal fires. */
  changed(signal: AbortSignal): Promise<void> {
    return this.#changed.wait(signal);
  }
}
