/**
 * A server that everything passes in the order of its arrival: NATS, the gateways, the store. Its
 * queue needs no events, because who arrives knows at once when all before it are served.
 */

export class Station {
  /** When each server is free. */
  readonly #freeSeconds: Float64Array;
  #busySeconds = 0;

  /** Throws RangeError without servers. */
  constructor(servers: number) {
    if (!(servers >= 1)) throw new RangeError(`a station of ${servers} servers`);
    this.#freeSeconds = new Float64Array(servers);
  }

  /**
   * Of all servers, since the beginning, also of what is still to be done for those who have
   * arrived.
   */
  get busySeconds(): number {
    return this.#busySeconds;
  }

  get servers(): number {
    return this.#freeSeconds.length;
  }

  /** Call in the order of time. Returns when the one who arrives now has been served. */
  pass(nowSeconds: number, serviceSeconds: number): number {
    const free = this.#freeSeconds;
    let first = 0;
    for (let server = 1; server < free.length; server++)
      if ((free[server] as number) < (free[first] as number)) first = server;
    const doneSeconds = Math.max(nowSeconds, free[first] as number) + serviceSeconds;
    free[first] = doneSeconds;
    this.#busySeconds += serviceSeconds;
    return doneSeconds;
  }
}
