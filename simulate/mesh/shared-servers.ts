/**
 * What every job passes: nats-server, the gateways and the blob store. Each is a queue; a step of a
 * job waits in those that it needs, one after another.
 */
import type { Simulation } from "../engine/simulation.js";
import { Station } from "../engine/station.js";
import type { MeshOptions } from "./mesh-options.js";

/** What a step of a job asks of them. */
export interface Need {
  /** Records and orders. */
  readonly writes?: number;
  /** Of NATS, beside the writes. */
  readonly natsSeconds?: number;
  /** Time that a slot works from now on, for which leases are renewed and progress is told. */
  readonly workSeconds?: number;
  /** Processor time of a gateway. */
  readonly gatewaySeconds?: number;
  /** To or from the store, through a gateway. */
  readonly bytes?: number;
}

export class SharedServers {
  readonly nats = new Station(1);
  readonly store = new Station(1);
  readonly gateways: Station;
  readonly #simulation: Simulation;
  readonly #options: MeshOptions;

  constructor(simulation: Simulation, options: MeshOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.gateways = new Station(options.gateways);
  }

  /** Seconds until all of it is done. */
  delaySeconds(need: Need): number {
    const { writes = 0, natsSeconds = 0, workSeconds = 0, gatewaySeconds = 0, bytes = 0 } = need;
    const { nowSeconds } = this.#simulation;
    const options = this.#options;
    const nats = this.nats.pass(nowSeconds, writes * options.natsWriteSeconds + natsSeconds);
    const atGateway = gatewaySeconds + bytes / options.gatewayBytesPerSecond;
    const gateway = atGateway > 0 ? this.gateways.pass(nowSeconds, atGateway) : nowSeconds;
    const store =
      bytes > 0 ? this.store.pass(nowSeconds, bytes / options.storeBytesPerSecond) : nowSeconds;
    // What is spread over the work loads the servers, and the work does not wait for it.
    if (workSeconds > 0) {
      this.nats.pass(nowSeconds, workSeconds * options.natsSecondSeconds);
      this.gateways.pass(nowSeconds, workSeconds * options.gatewaySecondSeconds);
    }
    return nats + gateway + store - 3 * nowSeconds;
  }
}
