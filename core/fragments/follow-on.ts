/**
 * Makes the fragments of a clip's segment follow those of the segments before it: their numbers and
 * their times are shifted, and nothing else.
 */

import type { FrameRate } from "../geometry/timing.js";
import {
  boxAt,
  childOf,
  childrenOf,
  FLAGS_BYTES,
  HEADER_BYTES,
  typeOf,
  viewOf,
} from "../output/boxes.js";
import { mediaTimescale } from "../output/decoder-configuration.js";
import { concat } from "./concat.js";

/** What comes before the fragments. */
export interface FragmentsBefore {
  /** How many fragments. */
  readonly fragments: number;
  /** How long they last, in the units of the track. */
  readonly ticks: number;
}

/** How long frames last in the units of the track that an init segment (`init`) describes. */
export function ticksOf(init: Uint8Array, frames: number, rate: FrameRate): number {
  const moov = childOf(init, "moov", 0);
  if (!moov) throw new RangeError("the init segment has no moov");
  return Math.round((mediaTimescale(moov) * frames * rate.denominator) / rate.numerator);
}

/** The same `moof` box behind other fragments. Throws RangeError for a box that is none of ours. */
export function followOn(moof: Uint8Array, before: FragmentsBefore): Uint8Array {
  const moved = moof.slice();
  const number = viewOf(boxAt(moved, "mfhd"));
  const numberAt = HEADER_BYTES + FLAGS_BYTES;
  number.setUint32(numberAt, number.getUint32(numberAt) + before.fragments);
  for (const track of childrenOf(moved).filter((box) => typeOf(box) === "traf")) {
    const time = childOf(track, "tfdt");
    if (!time) throw new RangeError("a fragment has no time");
    const view = viewOf(time);
    const timeAt = HEADER_BYTES + FLAGS_BYTES;
    if (view.getUint8(HEADER_BYTES) === 1) {
      view.setBigUint64(timeAt, view.getBigUint64(timeAt) + BigInt(before.ticks));
    } else view.setUint32(timeAt, view.getUint32(timeAt) + before.ticks);
  }
  return moved;
}

/**
 * The bytes of one fragment (a `moof` and its `mdat`) behind other fragments. Holds back no more
 * than the `moof`.
 */
export async function* followingOn(
  fragment: AsyncIterable<Uint8Array>,
  before: FragmentsBefore,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined = new Uint8Array(0);
  for await (const bytes of fragment) {
    if (!held) {
      yield bytes;
      continue;
    }
    held = concat([held, bytes]);
    if (held.length < HEADER_BYTES) continue;
    const sizeBytes = viewOf(held).getUint32(0);
    if (held.length < sizeBytes) continue;
    yield followOn(held.subarray(0, sizeBytes), before);
    if (held.length > sizeBytes) yield held.subarray(sizeBytes);
    held = undefined;
  }
  if (held && held.length > 0) throw new RangeError("a fragment ends within its header");
}
