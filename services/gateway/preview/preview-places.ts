/** How many previews are drawn at once, so that one tenant cannot take all places. */
import { DepthmeshError } from "../../../core/errors.js";

export class PreviewPlaces {
  readonly #name: string;
  readonly #places: number;
  readonly #perTenant: number;
  readonly #taken = new Map<string, number>();

  /** `name` stands in the error message: "too many `name` at once". */
  constructor(name: string, places: number) {
    this.#name = name;
    this.#places = places;
    this.#perTenant = Math.max(1, Math.floor(0.75 * places));
  }

  /** Takes a place until the returned function is called. Throws RATE_LIMITED. */
  enter(tenant: string): () => void {
    const own = this.#taken.get(tenant) ?? 0;
    const all = [...this.#taken.values()].reduce((sum, taken) => sum + taken, 0);
    if (own >= this.#perTenant || all >= this.#places) throw this.#full(own);
    this.#taken.set(tenant, own + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const rest = (this.#taken.get(tenant) ?? 1) - 1;
      if (rest > 0) this.#taken.set(tenant, rest);
      else this.#taken.delete(tenant);
    };
  }

  #full(own: number): DepthmeshError {
    const message = `too many ${this.#name} at once: a tenant may have ${this.#perTenant} and has ${own}, and all tenants together ${this.#places}`;
    return new DepthmeshError("RATE_LIMITED", message, {
      metadata: { limit_running: String(this.#perTenant), actual_running: String(own) },
    });
  }
}
