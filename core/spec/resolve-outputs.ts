/**
 * Checks and completes the outputs of a request: the container must hold the codec, and both must
 * take every setting.
 */

import { DepthmeshError, rangeError } from "../errors.js";
import type { FrameRate } from "../geometry/timing.js";
import {
  type Codec,
  type CodecRow,
  codecRow,
  type Dither,
  type PixelFormat,
  type Speed,
  type Transparency,
} from "../output/codecs.js";
import {
  type Container,
  type ContainerRow,
  combinations,
  containerRow,
  type WebLimits,
} from "../output/containers.js";
import { reducedFrameRate } from "../output/reduced-format.js";
import type { Acceleration, OutputRequest, OutputSpec } from "../output/spec.js";
import { takesSetting } from "../output/spec.js";
import { OUTPUT_PARAMETERS } from "./parameters/outputs.js";
import { checkParameter, keysOf, type ParameterRow } from "./parameters/row.js";
import { type Checks, FIRST_ONLY } from "./violations.js";

/** Every output has its own encoder, and all of them run at the same time. */
export const MAX_OUTPUTS = 8;

/** Which limits of the containers' `web` column apply: those that the clip does not set. */
export type WebDefaults = Readonly<Record<keyof WebLimits, boolean>>;
const NO_WEB_DEFAULTS: WebDefaults = { longestSidePixels: false, frameRate: false };

/**
 * The complete outputs, with distinct names. `cutsOut`: the clip shows only the foreground, so that
 * every output that can keeps transparency. Refuses with PARAMETER_OUT_OF_RANGE and
 * PARAMETER_UNKNOWN for a value that its row does not allow, PARAMETER_CONFLICT for a setting that
 * the codec or the container does not take.
 */
export function resolveOutputs(
  asked: readonly OutputRequest[],
  frameRate: FrameRate,
  web: WebDefaults = NO_WEB_DEFAULTS,
  cutsOut = false,
  checks: Checks = FIRST_ONLY,
): OutputSpec[] {
  checks.check(() => checkOutputCount(asked.length));
  const outputs: OutputSpec[] = [];
  for (const [i, request] of asked.entries()) {
    const own = checks.within("outputs", i);
    checkRows(request, own);
    // What was read of a refused output is not all that was asked for.
    if (!own.passed()) continue;
    const output = resolveOutput(request, frameRate, web, cutsOut, own);
    if (!output) continue;
    const same = outputs.filter(({ container }) => container === output.container).length;
    outputs.push({ name: nameOf(output.container, same), ...output });
  }
  return outputs;
}

/** Throws PARAMETER_OUT_OF_RANGE for more outputs than a job may have. */
export function checkOutputCount(count: number): void {
  if (count <= MAX_OUTPUTS) return;
  const message = `the job asks for ${count} outputs; it may have at most ${MAX_OUTPUTS}`;
  throw rangeError("outputs", count, { maximum: MAX_OUTPUTS }, message);
}

function nameOf(container: Container, before: number): string {
  const { extension } = containerRow(container);
  return before === 0 ? `video${extension}` : `video-${before + 1}${extension}`;
}

function resolveOutput(
  request: OutputRequest,
  frameRate: FrameRate,
  web: WebDefaults,
  cutsOut: boolean,
  checks: Checks,
): Omit<OutputSpec, "name"> | undefined {
  const format = checks.check(() => resolveFormat(request));
  if (!format) return undefined;
  const { container, codec } = format;
  const holder = containerRow(container);
  const row = codecRow(codec);
  refuseUntaken(request, format, checks);
  const limits = limitsOf(request, holder, web);
  checks.check(() => checkFrameRate(container, holder, frameRate, limits));
  const pixels = checks.check(() => pixelsOf(request, codec, row, cutsOut));
  const rate = checks.check(() => rateOf(request, codec, row));
  if (!pixels || !rate) return undefined;
  const { gopFrames } = request;
  return {
    ...{ container, codec },
    ...pixels,
    ...limits,
    ...rate,
    ...(row.quality && { quality: request.quality ?? row.quality.defaultValue }),
    ...(row.speed && { speed: (request.speed ?? "fast") as Speed }),
    ...(gopFrames !== undefined && { gopFrames }),
    ...(row.dither && {
      dither: (request.dither ?? OUTPUT_PARAMETERS["outputs.dither"].defaultValue) as Dither,
    }),
    ...(holder.loops && { loops: request.loops ?? 0 }),
    repeat: request.repeat ?? 1,
    acceleration: (request.acceleration ?? "auto") as Acceleration,
  };
}

/** Values that every output may have, because a complete specification states them. */
const NEUTRAL: OutputRequest = { repeat: 1, acceleration: "auto", transparency: "auto" };

/** The rows of all settings, by their keys in a request. */
const SETTINGS = Object.values<ParameterRow>(OUTPUT_PARAMETERS).map(
  (row) => [keysOf(row.name).at(-1) as keyof OutputRequest, row] as const,
);

function checkRows(request: OutputRequest, checks: Checks): void {
  for (const [key, row] of SETTINGS) {
    const value = request[key];
    if (value !== undefined) checks.check(() => checkParameter(row, value));
  }
}

function resolveFormat(request: OutputRequest): { container: Container; codec: Codec } {
  const container = request.container as Container | undefined;
  const codec = request.codec as Codec | undefined;
  const fits = combinations().filter(
    (each) =>
      (container ?? each.container) === each.container && (codec ?? each.codec) === each.codec,
  );
  if (fits[0]) return fits[0];
  const holders = combinations().filter((each) => each.codec === codec);
  throw conflict(
    "outputs.codec",
    `the container ${container} cannot hold the codec ${codec}`,
    holders.map((each) => each.container),
  );
}

/** The output's own largest size, frame rate and file. */
function limitsOf(
  { maxSizeBytes, ...request }: OutputRequest,
  { web: limits }: ContainerRow,
  web: WebDefaults,
): Pick<OutputSpec, "maxLongestSide" | "maxFrameRate" | "maxSizeBytes"> {
  const maxLongestSide =
    request.maxLongestSide ?? (web.longestSidePixels ? limits?.longestSidePixels : undefined);
  const maxFrameRate = request.maxFrameRate ?? (web.frameRate ? limits?.frameRate : undefined);
  return {
    ...(maxLongestSide !== undefined && { maxLongestSide }),
    ...(maxFrameRate !== undefined && { maxFrameRate }),
    ...(maxSizeBytes !== undefined && { maxSizeBytes }),
  };
}

/** The pixel format, and what happens to transparent parts where the codec can hold them. */
function pixelsOf(
  request: OutputRequest,
  codec: Codec,
  { alpha, pixelFormats }: CodecRow,
  cutsOut: boolean,
): Pick<OutputSpec, "pixelFormat" | "transparency"> {
  const asked = request.pixelFormat as PixelFormat | undefined;
  const keeps = request.transparency === "keep" && alpha !== undefined;
  const pixelFormat = asked ?? (keeps ? alpha.pixelFormat : pixelFormats[0]);
  if (!pixelFormats.includes(pixelFormat)) {
    const message = `${codec} does not take the pixel format ${pixelFormat}`;
    throw conflict("outputs.pixel_format", message, pixelFormats);
  }
  if (!alpha) return { pixelFormat };
  if (keeps && pixelFormat !== alpha.pixelFormat) {
    const message = `the pixel format ${pixelFormat} has no transparency`;
    throw conflict("outputs.pixel_format", message, [alpha.pixelFormat]);
  }
  if (keeps || request.transparency === "flatten") {
    return { pixelFormat, transparency: request.transparency as Transparency };
  }
  // A pixel format that was asked for says whether alpha is wanted, unless `auto` was asked for
  // too.
  const hasAlpha = pixelFormat === alpha.pixelFormat && pixelFormats.length > 1;
  const isOpen = asked === undefined || request.transparency === "auto";
  const isKept = hasAlpha || ((alpha.byDefault || cutsOut) && isOpen);
  return { pixelFormat, transparency: isKept ? "auto" : "flatten" };
}

function rateOf(
  { crf, bitrateKbps }: OutputRequest,
  codec: Codec,
  row: CodecRow,
): Pick<OutputSpec, "crf" | "bitrateKbps"> {
  if (bitrateKbps !== undefined) {
    if (crf === undefined) return { bitrateKbps };
    throw conflict(
      "outputs.bitrate_kbps",
      "outputs.bitrate_kbps and outputs.crf exclude each other; set one of them",
    );
  }
  if (!row.crf) return {};
  const { maximum, defaultValue } = row.crf;
  if (crf === undefined || crf <= maximum) return { crf: crf ?? defaultValue };
  const message = `outputs.crf is ${crf}; for ${codec} it must be 0 to ${maximum}`;
  throw rangeError("outputs.crf", crf, { minimum: 0, maximum }, message);
}

function checkFrameRate(
  container: Container,
  { maxFrameRate }: ContainerRow,
  clipRate: FrameRate,
  limits: Pick<OutputSpec, "maxFrameRate">,
): void {
  const rate = reducedFrameRate(clipRate, limits);
  const actual = rate.numerator / rate.denominator;
  if (maxFrameRate === undefined || actual <= maxFrameRate) return;
  throw new DepthmeshError(
    "PARAMETER_CONFLICT",
    `${container} plays at most ${maxFrameRate} frames/s; the clip has ${actual}`,
    {
      metadata: {
        field: "clip.frame_rate",
        actual: String(actual),
        limit_maximum: String(maxFrameRate),
      },
    },
  );
}

function refuseUntaken(
  request: OutputRequest,
  format: { readonly container: Container; readonly codec: Codec },
  checks: Checks,
): void {
  const { codec, container } = format;
  for (const [key, row] of SETTINGS) {
    if (key === "container" || key === "codec" || request[key] === undefined) continue;
    if (request[key] === NEUTRAL[key] || takesSetting(key, format)) continue;
    checks.check(() => {
      throw conflict(row.name, `${codec} in ${container} does not take ${row.name}`);
    });
  }
}

function conflict(field: string, message: string, known: readonly string[] = []): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", message, {
    metadata: {
      field,
      ...(known.length > 0 && { known: known.join(" ") }),
    },
  });
}
