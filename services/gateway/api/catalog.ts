/** What the server can do, from the tables that it is checked against. */

import { DepthmeshError } from "../../../core/errors.js";
import { codecRow } from "../../../core/output/codecs.js";
import { combinations, containerRow } from "../../../core/output/containers.js";
import type { EncoderFacts, EncodersByWorker } from "../../../core/output/encoder-facts.js";
import type { OutputSpec } from "../../../core/output/spec.js";
import { DEFAULT_PRESET, PRESET_NAMES, PRESETS } from "../../../core/scene/presets.js";
import type { ParameterRow } from "../../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../../core/spec/parameters.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { readManifest } from "../../../models/manifest.js";
import { AUTO_MODEL, builtInModelsFolder } from "../../../models/registry.js";
import { askModelList, type ModelStatus, statusOf } from "../../../models/status.js";
import {
  Encoder,
  type ListEncodersResponse,
  type ListPresetsResponse,
  OutputFormat,
  Parameter,
  ParameterKind,
} from "../../../proto/gen/depthmesh/v1/catalog_service.js";

export function presetList(): ListPresetsResponse {
  return {
    presets: PRESET_NAMES.map((name) => ({
      name,
      summary: PRESETS[name].summary,
      isDefault: name === DEFAULT_PRESET,
      oneWay: PRESETS[name].oneWay,
    })),
    parameters: Object.values<ParameterRow>(PARAMETERS).map(toWireParameter),
  };
}

function toWireParameter(row: ParameterRow): Parameter {
  const { name, meaning } = row;
  switch (row.kind) {
    case "number":
      return Parameter.fromPartial({
        ...{ name, meaning, kind: ParameterKind.PARAMETER_KIND_NUMBER },
        unit: row.unit,
        minimum: row.minimum,
        maximum: row.maximum,
        minimumExcluded: row.exclusive === "minimum",
        maximumExcluded: row.exclusive === "maximum",
        defaultValue: row.defaultValue,
        step: row.step,
        animatable: row.animatable,
      });
    case "flag":
      return Parameter.fromPartial({
        ...{ name, meaning, kind: ParameterKind.PARAMETER_KIND_FLAG },
        maximum: 1,
        defaultValue: Number(row.defaultValue),
      });
    case "choice":
      return Parameter.fromPartial({
        ...{ name, meaning, kind: ParameterKind.PARAMETER_KIND_CHOICE },
        choices: [...row.choices],
        defaultChoice: row.defaultValue ?? "",
      });
  }
}

export function encoderList(workers: EncodersByWorker): ListEncodersResponse {
  const codecs = codecsOf([...workers.values()].flat());
  return {
    formats: combinations().map(({ container, codec }) => {
      const holder = containerRow(container);
      const row = codecRow(codec);
      return OutputFormat.fromPartial({
        ...{ container, codec, extension: holder.extension, mediaType: holder.mediaType },
        available: codecs.has(codec),
        ...(row.crf && { defaultCrf: row.crf.defaultValue, maximumCrf: row.crf.maximum }),
        pixelFormats: [...row.pixelFormats],
        takesBitrate: row.bitrate,
        takesLoops: holder.loops,
        takesRepeat: holder.repeat,
        takesSound: holder.sound !== undefined,
        lossless: row.lossless,
      });
    }),
    encoders: [...workers].flatMap(([worker, encoders]) =>
      encoders.map((encoder) => Encoder.fromPartial({ ...encoder, worker })),
    ),
  };
}

/**
 * Throws CODEC_UNAVAILABLE: one worker makes all outputs of a job. Nothing is known while no worker has spoken: then the
 * one that takes the job decides.
 */
export function checkEncodable(outputs: readonly OutputSpec[], workers: EncodersByWorker): void {
  if (workers.size === 0) return;
  const ofEach = [...workers.values()].map(codecsOf);
  const missingAt = (codecs: ReadonlySet<string>) =>
    outputs.find(({ codec }) => !codecs.has(codec));
  if (ofEach.some((codecs) => missingAt(codecs) === undefined)) return;
  const all = codecsOf([...workers.values()].flat());
  const known = [...all].join(" ");
  const missing = missingAt(all);
  const wanted = [...new Set(outputs.map(({ codec }) => codec))].join(" ");
  const message = missing
    ? `no encoder here makes ${missing.codec}; there is ${known}`
    : `no single worker here makes all of ${wanted}`;
  throw new DepthmeshError("CODEC_UNAVAILABLE", message, {
    metadata: {
      ...{ field: "outputs.codec", known },
      ...(missing ? { codec: missing.codec, container: missing.container } : { codec: wanted }),
    },
  });
}

function codecsOf(encoders: readonly EncoderFacts[]): ReadonlySet<string> {
  return new Set(encoders.filter(({ works }) => works).map(({ codec }) => codec));
}

export class ModelDirectory {
  readonly #bus: Bus;
  readonly #manifest: readonly ModelStatus[];

  /** Reads the package's manifest. Throws MODEL_CORRUPT. */
  constructor(bus: Bus) {
    this.#bus = bus;
    this.#manifest = readManifest(builtInModelsFolder())
      .sort((a, b) => b.rank - a.rank)
      .map((entry) => statusOf(entry, "unknown"));
  }

  /** Names that are known without asking. */
  get names(): readonly string[] {
    return this.#manifest.map(({ name }) => name);
  }

  /** All models, best first. */
  async list(): Promise<readonly ModelStatus[]> {
    return (await askModelList(this.#bus)) ?? this.#manifest;
  }

  /**
   * The names that a job may give, the default first. Throws MODEL_NOT_INSTALLED or MODEL_LICENCE_FORBIDDEN when the
   * wanted one is known and cannot be used; while no depth worker is there, that is found when one takes the job.
   */
  async namesFor(wanted: string): Promise<readonly string[]> {
    // There is always a way for `auto`: nobody need be asked.
    if (wanted === "" || wanted === AUTO_MODEL) return [AUTO_MODEL];
    const statuses = await this.list();
    const status = statuses.find(({ name }) => name === wanted);
    if (status) assertUsable(status);
    return [AUTO_MODEL, ...statuses.map(({ name }) => name)];
  }
}

function assertUsable({ name, state, licence, installCommand }: ModelStatus): void {
  const metadata = { field: "model", model: name };
  if (state === "licence-forbidden") {
    throw new DepthmeshError(
      "MODEL_LICENCE_FORBIDDEN",
      `${name} is under ${licence}, which this server's operator has not allowed`,
      { metadata: { ...metadata, licence } },
    );
  }
  if (state === "not-installed") {
    const how = installCommand && `; on a depth worker: ${installCommand}`;
    throw new DepthmeshError("MODEL_NOT_INSTALLED", `${name} is not installed${how}`, {
      metadata: { ...metadata, ...(installCommand && { command: installCommand }) },
    });
  }
}
