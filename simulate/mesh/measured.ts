/**
 * What a mesh has been measured to cost, which simulations are made of: processor time, because
 * that of the wall depends on what else a machine does. `npm run simulate -- measure` writes
 * simulate/measured.json.
 */
import { readFileSync } from "node:fs";

/** Processor milliseconds, a value for each measured job. */
type Samples = readonly number[];

/** Jobs of one picture size and camera; frames of render and encode on one host, by a socket. */
export interface MeasuredClip {
  readonly width: number;
  readonly height: number;
  readonly preset: string;
  /** Depth, of a whole job; the built-in model. */
  readonly depthMs: Samples;
  /** Render, of a job without its frames: photo, scene, finished. */
  readonly renderOnceMs: Samples;
  readonly renderFrameMs: Samples;
  /** The part of a frame that one thread of render does; the driver's threads share the rest. */
  readonly renderSerialShare: number;
  /** Encode, of a job without its frames: ffmpeg's start, the finished file. */
  readonly encodeOnceMs: Samples;
  readonly encodeFrameMs: Samples;
  /** Of the finished file. */
  readonly bytesPerFrame: number;
}

/** Processor milliseconds of a server that all jobs share. */
export interface SharedCost {
  readonly perJobMs: number;
  /** Of each second that a job is worked on: leases are renewed, progress is told. */
  readonly perSecondMs: number;
}

export interface MeasuredShared {
  readonly gateway: SharedCost;
  /** The gateway's main thread, which is the limit of one gateway. */
  readonly gatewayMain: SharedCost;
  readonly nats: SharedCost;
}

/** What a divided clip costs besides its frames: a job, and each of its segments. */
export interface MeasuredSegments {
  /** The size at which it was measured. */
  readonly width: number;
  readonly height: number;
  /** All processes, more than of the same clip made whole, by segment. */
  readonly renderMsPerSegment: number;
  readonly encodeMsPerSegment: number;
  /** Of the main thread. */
  readonly gatewayMsPerSegment: number;
  readonly natsMsPerSegment: number;
}

/** Records and orders of jobs whose stages do nothing. */
export interface MeasuredBus {
  readonly natsMsPerJob: number;
  readonly writesPerJob: number;
}

export interface Measured {
  /** Day of the measurement, and the machine. */
  readonly measuredOn: string;
  readonly machine: string;
  readonly clips: readonly MeasuredClip[];
  readonly shared: MeasuredShared;
  readonly segments: MeasuredSegments;
  readonly bus: MeasuredBus;
}

/** Reads what `measure` has written. Throws when the file is missing. */
export function readMeasured(path: string): Measured {
  return JSON.parse(readFileSync(path, "utf8")) as Measured;
}
