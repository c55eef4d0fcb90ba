/**
 * Tables between the values of protocol enums and the words that people write: LOOP_MODE_PING_PONG
 * is `ping-pong`.
 */
import { DepthmeshError } from "../core/errors.js";
import type { ArtifactKind as ArtifactWord } from "../core/spec/spec.js";
import { CacheKind, CatalogueState } from "../proto/gen/depthmesh/v1/admin_service.js";
import { JobStage } from "../proto/gen/depthmesh/v1/job.js";
import { DegradePolicy } from "../proto/gen/depthmesh/v1/model.js";
import {
  Acceleration,
  ArtifactKind,
  Background,
  CachePolicy,
  CameraLimit,
  Codec,
  ComponentKind,
  Container,
  DepthMapFormat,
  DepthMapOrientation,
  DepthMapPolarity,
  Dither,
  Easing,
  Edges,
  FitMode,
  LoopMode,
  PixelFormat,
  PosterFormat,
  Priority,
  Quality,
  Speed,
  StereoLayout,
  Transparency,
} from "../proto/gen/depthmesh/v1/spec.js";
import { Role } from "../proto/gen/depthmesh/v1/tenant.js";

/** An enum as ts-proto generates it: names to values. */
type WireEnum = Readonly<Record<string, number>>;

type KebabCase<S extends string> = S extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}-${KebabCase<Rest>}`
  : Lowercase<S>;
type WordOf<E, Prefix extends string> = keyof E extends infer Name
  ? Name extends `${Prefix}${infer Rest}`
    ? Exclude<KebabCase<Rest>, "unspecified">
    : never
  : never;

/** The words of one enum, in both directions. The unspecified value, 0, has no word. */
export class EnumWords<Word extends string = string, Value extends number = number> {
  readonly #values: ReadonlyMap<string, Value>;
  readonly #words: ReadonlyMap<number, Word>;

  constructor(values: Readonly<Record<Word, Value>>) {
    const entries = Object.entries(values) as [Word, Value][];
    this.#values = new Map(entries);
    this.#words = new Map(entries.map(([word, value]) => [value, word]));
  }

  /**
   * The word of a value; undefined for the unspecified one. Throws PARAMETER_UNKNOWN for a value of
   * a later version.
   */
  word(value: number, field: string): Word | undefined {
    return value === 0 ? undefined : this.required(value, field);
  }

  /** As `word`, but refuses the unspecified value too. */
  required(value: number, field: string): Word {
    const word = this.#words.get(value);
    if (word !== undefined) return word;
    throw new DepthmeshError(
      "PARAMETER_UNKNOWN",
      `${field} is ${value}, a value that this version does not know`,
      { metadata: { field, actual: String(value) } },
    );
  }

  /**
   * The value of a word; the unspecified one for undefined. Throws PARAMETER_UNKNOWN for a word
   * that is not in the table.
   */
  number(word: string | undefined, field: string): Value | 0 {
    if (word === undefined) return 0;
    const value = this.#values.get(word);
    if (value !== undefined) return value;
    const known = [...this.#values.keys()].join(" ");
    throw new DepthmeshError("PARAMETER_UNKNOWN", `${field} must be one of: ${known}`, {
      metadata: { field, actual: word.slice(0, 64), known },
    });
  }
}

/** The words that follow from the enum's own names, all of which begin with `prefix`. */
function wordsOf<E extends WireEnum, Prefix extends string>(values: E, prefix: Prefix) {
  const entries = Object.entries(values)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => [name.slice(prefix.length).toLowerCase().replaceAll("_", "-"), value]);
  type Word = WordOf<E, Prefix>;
  type Value = E[keyof E];
  return new EnumWords<Word, Value>(Object.fromEntries(entries) as Record<Word, Value>);
}

export const ACCELERATION_WORDS = wordsOf(Acceleration, "ACCELERATION_");
export const BACKGROUND_WORDS = wordsOf(Background, "BACKGROUND_");
export const CACHE_KIND_WORDS = wordsOf(CacheKind, "CACHE_KIND_");
export const CACHE_POLICY_WORDS = wordsOf(CachePolicy, "CACHE_POLICY_");
export const CAMERA_LIMIT_WORDS = wordsOf(CameraLimit, "CAMERA_LIMIT_");
export const CATALOGUE_STATE_WORDS = wordsOf(CatalogueState, "CATALOGUE_STATE_");
export const CODEC_WORDS = wordsOf(Codec, "CODEC_");
export const COMPONENT_KIND_WORDS = wordsOf(ComponentKind, "COMPONENT_KIND_");
export const CONTAINER_WORDS = wordsOf(Container, "CONTAINER_");
export const DEGRADE_POLICY_WORDS = wordsOf(DegradePolicy, "DEGRADE_POLICY_");
export const DEPTH_MAP_FORMAT_WORDS = wordsOf(DepthMapFormat, "DEPTH_MAP_FORMAT_");
export const DEPTH_MAP_ORIENTATION_WORDS = wordsOf(DepthMapOrientation, "DEPTH_MAP_ORIENTATION_");
export const DEPTH_MAP_POLARITY_WORDS = wordsOf(DepthMapPolarity, "DEPTH_MAP_POLARITY_");
export const DITHER_WORDS = wordsOf(Dither, "DITHER_");
export const EASING_WORDS = wordsOf(Easing, "EASING_");
export const FIT_MODE_WORDS = wordsOf(FitMode, "FIT_MODE_");
export const LOOP_MODE_WORDS = wordsOf(LoopMode, "LOOP_MODE_");
export const PIXEL_FORMAT_WORDS = wordsOf(PixelFormat, "PIXEL_FORMAT_");
export const POSTER_FORMAT_WORDS = wordsOf(PosterFormat, "POSTER_FORMAT_");
export const PRIORITY_WORDS = wordsOf(Priority, "PRIORITY_");
export const EDGES_WORDS = wordsOf(Edges, "EDGES_");
export const QUALITY_WORDS = wordsOf(Quality, "QUALITY_");
export const ROLE_WORDS = wordsOf(Role, "ROLE_");
export const SPEED_WORDS = wordsOf(Speed, "SPEED_");
export const STAGE_WORDS = wordsOf(JobStage, "JOB_STAGE_");
export const STEREO_LAYOUT_WORDS = wordsOf(StereoLayout, "STEREO_LAYOUT_");
export const TRANSPARENCY_WORDS = wordsOf(Transparency, "TRANSPARENCY_");
/** Not made from the names, because people write `strip` for a still strip. */
export const ARTIFACT_KIND_WORDS = new EnumWords({
  depth: ArtifactKind.ARTIFACT_KIND_DEPTH,
  poster: ArtifactKind.ARTIFACT_KIND_POSTER,
  strip: ArtifactKind.ARTIFACT_KIND_STILL_STRIP,
  normals: ArtifactKind.ARTIFACT_KIND_NORMALS,
  layers: ArtifactKind.ARTIFACT_KIND_LAYERS,
  scene: ArtifactKind.ARTIFACT_KIND_SCENE,
  viewer: ArtifactKind.ARTIFACT_KIND_VIEWER,
} satisfies Record<ArtifactWord, ArtifactKind>);
