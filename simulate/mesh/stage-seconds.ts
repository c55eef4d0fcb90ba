/** From processor time to time of the wall on the cores of a slot. */
import type { Random } from "../engine/random.js";
import type { Clip } from "./clip.js";
import type { PoolOptions } from "./pool-options.js";

/**
 * Assumed: what one thread of x264 has to do alone. Two cores are too few to measure it.
 */
const ENCODE_SERIAL_SHARE = 0.1;

/** Amdahl's law. Fewer cores than one make everything slower. */
export function onCores(processorSeconds: number, serialShare: number, cores: number): number {
  if (cores <= 1) return processorSeconds / cores;
  return processorSeconds * (serialShare + (1 - serialShare) / cores);
}

/** The cores of each slot. */
export function slotCores({ cores, slots }: PoolOptions): number {
  return cores / slots;
}

/**
 * Seconds of a frame of a clip: render and encode work side by side, and the slower one decides.
 * It is drawn for each job, because photos differ.
 */
export function frameSeconds(
  { renderFrame, renderSerialShare, encodeFrame }: Clip,
  pools: Readonly<Record<"render" | "encode", PoolOptions>>,
  transport: number,
  random: Random,
): number {
  const render = transport * renderFrame.draw(random);
  const encode = transport * encodeFrame.draw(random);
  return Math.max(
    onCores(render, renderSerialShare, slotCores(pools.render)) / pools.render.times,
    onCores(encode, ENCODE_SERIAL_SHARE, slotCores(pools.encode)) / pools.encode.times,
  );
}

/** What a process does in one thread. */
export function serialSeconds(processorSeconds: number, pool: PoolOptions): number {
  return processorSeconds / Math.min(1, slotCores(pool)) / pool.times;
}
