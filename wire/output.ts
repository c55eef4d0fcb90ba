/**
 * Converts an output (container, codec and their options) between its message and its checked form.
 */
import type { OutputRequest, OutputSpec } from "../core/output/spec.js";
import { type Checks, FIRST_ONLY } from "../core/spec/violations.js";
import { Output } from "../proto/gen/depthmesh/v1/spec.js";
import {
  ACCELERATION_WORDS,
  CODEC_WORDS,
  CONTAINER_WORDS,
  DITHER_WORDS,
  type EnumWords,
  PIXEL_FORMAT_WORDS,
  SPEED_WORDS,
  TRANSPARENCY_WORDS,
} from "./enums.js";

export function toWireOutput(output: OutputSpec): Output {
  const { crf, bitrateKbps, quality, gopFrames, loops, repeat } = output;
  const { maxLongestSide, maxFrameRate, maxSizeBytes } = output;
  return Output.fromPartial({
    container: CONTAINER_WORDS.number(output.container, "outputs.container"),
    codec: CODEC_WORDS.number(output.codec, "outputs.codec"),
    speed: SPEED_WORDS.number(output.speed, "outputs.speed"),
    pixelFormat: PIXEL_FORMAT_WORDS.number(output.pixelFormat, "outputs.pixel_format"),
    dither: DITHER_WORDS.number(output.dither, "outputs.dither"),
    acceleration: ACCELERATION_WORDS.number(output.acceleration, "outputs.acceleration"),
    ...(crf !== undefined && { crf }),
    ...(bitrateKbps !== undefined && { bitrateKbps }),
    ...(quality !== undefined && { quality }),
    ...(gopFrames !== undefined && { gopFrames }),
    ...(loops !== undefined && { loops }),
    ...(maxLongestSide !== undefined && { maxLongestSide }),
    ...(maxFrameRate !== undefined && { maxFrameRate }),
    ...(maxSizeBytes !== undefined && { maxSizeBytes }),
    transparency: TRANSPARENCY_WORDS.number(output.transparency, "outputs.transparency"),
    repeat,
  });
}

/**
 * Refuses an enum value that this version does not know, with PARAMETER_UNKNOWN; it is then as if
 * it were not set.
 */
export function fromWireOutput(output: Output, checks: Checks = FIRST_ONLY): OutputRequest {
  const word = <T extends string>(words: EnumWords<T>, value: number, field: string) =>
    checks.check(() => words.word(value, field));
  const { crf, bitrateKbps, quality, gopFrames, loops, repeat } = output;
  const { maxLongestSide, maxFrameRate, maxSizeBytes } = output;
  return {
    container: word(CONTAINER_WORDS, output.container, "outputs.container"),
    codec: word(CODEC_WORDS, output.codec, "outputs.codec"),
    speed: word(SPEED_WORDS, output.speed, "outputs.speed"),
    pixelFormat: word(PIXEL_FORMAT_WORDS, output.pixelFormat, "outputs.pixel_format"),
    dither: word(DITHER_WORDS, output.dither, "outputs.dither"),
    acceleration: word(ACCELERATION_WORDS, output.acceleration, "outputs.acceleration"),
    transparency: word(TRANSPARENCY_WORDS, output.transparency, "outputs.transparency"),
    ...{ crf, bitrateKbps, quality, gopFrames, loops, repeat },
    ...{ maxLongestSide, maxFrameRate, maxSizeBytes },
  };
}
