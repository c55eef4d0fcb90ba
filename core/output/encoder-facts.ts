/** Reads what an encode worker has announced about its encoders. */
import { flag, number, object, oneOf, text } from "../spec/json-checks.js";
import { CODEC_NAMES, type EncoderFacts } from "./codecs.js";

const codec = oneOf(CODEC_NAMES);

/**
 * The encoders in parsed JSON; undefined when it is no list of encoders. Leaves out encoders of
 * codecs that only a later version knows.
 */
export function encoderFactsIn(value: unknown): readonly EncoderFacts[] | undefined {
  if (!Array.isArray(value)) return undefined;
  try {
    const known = value.filter((entry) =>
      CODEC_NAMES.some((name) => name === text(object(entry, "an encoder").codec, "codec")),
    );
    return known.map(checked);
  } catch {
    return undefined;
  }
}

function checked(value: unknown): EncoderFacts {
  const stored = object(value, "an encoder");
  return {
    name: text(stored.name, "name"),
    codec: codec(stored.codec, "codec"),
    hardware: text(stored.hardware, "hardware"),
    works: flag(stored.works, "works"),
    failure: text(stored.failure, "failure"),
    framesPerSecond: number(stored.framesPerSecond, "framesPerSecond"),
  };
}
