/** Render owns a generation of frames (rule 7): what that means for encode's order and lease. */
import { decideOrder, holds, type JobRecord, withStage } from "./record.js";

/**
 * Render begins a generation (rule 7): encode's lease is dropped and its order decided anew at this address. A job that
 * ends with render has no encode order.
 */
export function beginGeneration(record: JobRecord, address: string, nowMs: number): JobRecord {
  const generation = record.generation + 1;
  if (record.lastStage === "render") return { ...record, generation };
  const order = decideOrder(generation, nowMs, address);
  return withStage({ ...record, generation }, "encode", { lease: null, order });
}

/** Encode has read every frame: a renderer that restarts now need not render again. */
export function markFramesComplete(record: JobRecord, token: string): JobRecord | undefined {
  const { lease } = record.stages.encode;
  if (lease === null || !holds(record, "encode", token)) return undefined;
  return withStage(record, "encode", { lease: { ...lease, framesComplete: true } });
}
