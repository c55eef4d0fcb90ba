/**
 * The address space that ffmpeg may need for the frames of a clip. A bound, not an estimate: a file
 * that makes an encoder ask for more is stopped long before the machine has no memory left.
 *
 * Measured with ffmpeg 5.1 on two processors, in MiB of address space for one output: H.264 646 at
 * 1920×1080 and 1442 at 4096×2304, H.265 872 and 1972, AV1 (SVT) 2345 and 4462, VP9 592 and 1457,
 * FFV1 630 and 1767. Each thread reserves an arena of the allocator and a stack.
 */
import { usableProcessors } from "../../kit/process/processors.js";
import type { FrameFormat, PlannedOutput } from "./encoder.js";

const MIB = 1024 ** 2;
/** Of a run without frames: decoding a sound, copying packets, listing encoders. */
export const LEAST_MEMORY_BYTES = 1024 * MIB;
const BYTES_PER_OUTPUT = 1024 * MIB;
const BYTES_PER_THREAD = 96 * MIB;
/** AV1 with its slowest speed needs the most. */
const BYTES_PER_PIXEL = 800;
/** Drivers reserve address space for the memory of the card. */
const HARDWARE_BYTES = 16 * 1024 * MIB;

/** Bytes of address space for an ffmpeg that encodes these outputs at once. */
export function encoderMemoryBytes(
  { width, height }: Pick<FrameFormat, "width" | "height">,
  outputs: readonly PlannedOutput[],
  processors = usableProcessors(),
): number {
  const each = BYTES_PER_OUTPUT + processors * BYTES_PER_THREAD + BYTES_PER_PIXEL * width * height;
  const bytes = LEAST_MEMORY_BYTES + outputs.length * each;
  return outputs.some(({ encoder }) => encoder.hardware) ? Math.max(bytes, HARDWARE_BYTES) : bytes;
}
