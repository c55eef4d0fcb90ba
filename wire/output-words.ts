/** The words of the enums of an Output message. */
import {
  Acceleration,
  Codec,
  Container,
  Dither,
  PixelFormat,
  Speed,
} from "../proto/gen/depthmesh/v1/spec.js";
import { EnumWords } from "./enum-words.js";

export const CONTAINER_WORDS = new EnumWords(Container, "CONTAINER_");
export const CODEC_WORDS = new EnumWords(Codec, "CODEC_");
export const SPEED_WORDS = new EnumWords(Speed, "SPEED_");
export const PIXEL_FORMAT_WORDS = new EnumWords(PixelFormat, "PIXEL_FORMAT_");
export const DITHER_WORDS = new EnumWords(Dither, "DITHER_");
export const ACCELERATION_WORDS = new EnumWords(Acceleration, "ACCELERATION_");
