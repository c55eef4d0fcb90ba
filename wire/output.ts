/**
 * Converts an output (container, codec and their options) between its message and its checked form.
 */
import type { OutputRequest, OutputSpec } from "../core/output/spec.js";
import { Output } from "../proto/gen/depthmesh/v1/spec.js";
import {
  ACCELERATION_WORDS,
  CODEC_WORDS,
  CONTAINER_WORDS,
  DITHER_WORDS,
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

/** Throws PARAMETER_UNKNOWN for an enum value that this version does not know. */
export function fromWireOutput(output: Output): OutputRequest {
  const { crf, bitrateKbps, quality, gopFrames, loops, repeat } = output;
  const { maxLongestSide, maxFrameRate, maxSizeBytes } = output;
  return {
    container: CONTAINER_WORDS.word(output.container, "outputs.container"),
    codec: CODEC_WORDS.word(output.codec, "outputs.codec"),
    speed: SPEED_WORDS.word(output.speed, "outputs.speed"),
    pixelFormat: PIXEL_FORMAT_WORDS.word(output.pixelFormat, "outputs.pixel_format"),
    dither: DITHER_WORDS.word(output.dither, "outputs.dither"),
    acceleration: ACCELERATION_WORDS.word(output.acceleration, "outputs.acceleration"),
    transparency: TRANSPARENCY_WORDS.word(output.transparency, "outputs.transparency"),
    ...{ crf, bitrateKbps, quality, gopFrames, loops, repeat },
    ...{ maxLongestSide, maxFrameRate, maxSizeBytes },
  };
}
