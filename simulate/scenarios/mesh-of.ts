/** The mesh of a scenario, by what was measured. */
import { exponential } from "../engine/distribution.js";
import {
  DISPATCH_SECONDS,
  FRAMES_BY_GRPC,
  GATEWAY_BYTES_PER_SECOND,
  NATS_CORES,
  NATS_WRITE_TIMES,
  STORE_BYTES_PER_SECOND,
} from "../mesh/capacities.js";
import { type Clip, clipOf } from "../mesh/clip.js";
import type { Measured } from "../mesh/measured.js";
import type { MeshOptions } from "../mesh/mesh-options.js";
import type { PoolOptions } from "../mesh/pool-options.js";
import { type Prices, workerHourPrice } from "./prices.js";
import type { Scenario } from "./scenario.js";

const WIDTHS = { 360: 640, 720: 1280, 1080: 1920 } as const;

export function meshOf(scenario: Scenario, measured: Measured, prices: Prices): MeshOptions {
  const { pools, segmentSeconds } = scenario;
  const { segments, shared, bus } = measured;
  const natsTimes = NATS_WRITE_TIMES[scenario.nats];
  return {
    seed: scenario.seed,
    pools: {
      depth: poolOf(pools.depth, prices),
      render: poolOf(pools.render, prices),
      encode: poolOf(pools.encode, prices),
    },
    gateways: scenario.gateways,
    storeBytesPerSecond: STORE_BYTES_PER_SECOND[scenario.store],
    gatewayBytesPerSecond: GATEWAY_BYTES_PER_SECOND,
    natsWriteSeconds: natsTimes * natsSeconds(shared.nats.perJobMs / bus.writesPerJob),
    natsSecondSeconds: natsTimes * natsSeconds(shared.nats.perSecondMs),
    gatewayJobSeconds: shared.gatewayMain.perJobMs / 1000,
    gatewaySecondSeconds: shared.gatewayMain.perSecondMs / 1000,
    leaseSeconds: scenario.leaseSeconds,
    dispatchSeconds: DISPATCH_SECONDS,
    frameTransport: scenario.frames === "grpc" ? FRAMES_BY_GRPC : 1,
    segmentRenderSeconds: segmentSeconds === 0 ? 0 : segments.renderMsPerSegment / 1000,
    segmentEncodeSeconds: segments.encodeMsPerSegment / 1000,
    segmentGatewaySeconds: segments.gatewayMsPerSegment / 1000,
    segmentNatsSeconds: natsTimes * natsSeconds(segments.natsMsPerSegment),
  };
}

/** Processor time of nats-server on the cores that it has. */
function natsSeconds(processorMs: number): number {
  return processorMs / 1000 / NATS_CORES;
}

/** The clips of a scenario with their shares. */
export function clipsOf(
  { clips, segmentSeconds }: Scenario,
  measured: Measured,
): readonly (readonly [Clip, number])[] {
  return clips.map(({ share, height, preset, seconds }) => [
    clipOf(measured, { width: WIDTHS[height], height, preset, seconds, segmentSeconds }),
    share,
  ]);
}

function poolOf(pool: Scenario["pools"]["depth"], prices: Prices): PoolOptions {
  const { workers, slots, cores, startSeconds, drainSeconds, scaling, spotHours, gpuTimes } = pool;
  return {
    ...{ workers, slots, startSeconds, drainSeconds },
    cores,
    times: gpuTimes ?? 1,
    ...(spotHours !== undefined && { lifeSeconds: exponential(3_600 * spotHours) }),
    ...(scaling && { scaling: { ...scaling, target: scaling.target ?? slots } }),
    hourPrice: workerHourPrice(
      { cores, ...(gpuTimes && { gpuTimes }), ...(spotHours && { spotHours }) },
      prices,
    ),
  };
}
