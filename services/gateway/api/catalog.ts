/**
 * CatalogService: lists what a job may ask for, that is: presets and parameters (ListPresets),
 * depth models (ListModels), containers and encoders (ListEncoders). CreateJob checks the model and
 * the outputs of a new job with functions of this file.
 */
import { DepthmeshError } from "../../../core/errors.js";
import type { EncoderFacts, EncodersByWorker } from "../../../core/output/codecs.js";
import { codecRow } from "../../../core/output/codecs.js";
import { combinations, containerRow } from "../../../core/output/containers.js";
import type { OutputSpec } from "../../../core/output/spec.js";
import { DEFAULT_PRESET, PRESET_NAMES, PRESETS } from "../../../core/scene/presets.js";
import type { ParameterRow } from "../../../core/spec/parameters/row.js";
import { PARAMETERS } from "../../../core/spec/parameters.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { readManifest } from "../../../models/manifest.js";
import { AUTO_MODEL, builtInModelsFolder } from "../../../models/registry.js";
import { askModelList, type ModelStatus, statusOf } from "../../../models/status.js";
import type { WorkerFactsBoard } from "../../../pipeline/topology/worker-facts.js";
import {
  Encoder,
  type ListEncodersResponse,
  type ListModelsResponse,
  type ListPresetsResponse,
  OutputFormat,
  Parameter,
  ParameterKind,
} from "../../../proto/gen/depthmesh/v1/catalog_service.js";
import { toWireModel } from "../../../wire/model.js";

/** In a mesh that was just started, encode workers need this long to try their encoders. */
const ENCODER_PROBE_MS = 10_000;

export function listPresets(): ListPresetsResponse {
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

/**
 * The depth models that jobs may name. Only the depth workers know which ones are installed; while
 * none of them answers, the list is the package's manifest, with states `unknown`.
 */
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

  /** Names in the package's manifest, best first. */
  get names(): readonly string[] {
    return this.#manifest.map(({ name }) => name);
  }

  /** All models, best first. */
  async list(): Promise<readonly ModelStatus[]> {
    return (await askModelList(this.#bus)) ?? this.#manifest;
  }

  /**
   * The model names that are valid in a job that asks for `requested`, the default first. Throws
   * MODEL_NOT_INSTALLED or MODEL_LICENCE_FORBIDDEN if that model is known but cannot be used; while
   * no depth worker answers, this is checked later, by the worker that takes the job.
   */
  async namesFor(requested: string): Promise<readonly string[]> {
    // `auto` works with any set of models, so the workers need not be asked.
    if (requested === "" || requested === AUTO_MODEL) return [AUTO_MODEL];
    const statuses = await this.list();
    const status = statuses.find(({ name }) => name === requested);
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

export async function listModels(models: ModelDirectory): Promise<ListModelsResponse> {
  return { models: (await models.list()).map(toWireModel) };
}

/** Waits for the first encode worker of a mesh that was just started. */
export async function listEncoders(
  board: WorkerFactsBoard<readonly EncoderFacts[]>,
): Promise<ListEncodersResponse> {
  await board.anyone(ENCODER_PROBE_MS);
  return encoderList(board.live);
}

export function encoderList(workers: EncodersByWorker): ListEncodersResponse {
  const codecs = workingCodecs([...workers.values()].flat());
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
 * Throws CODEC_UNAVAILABLE if no encode worker has all codecs of these outputs: one worker makes
 * all outputs of a job. Accepts everything while no worker is known: then the worker that takes the
 * job decides.
 */
export function checkEncodable(outputs: readonly OutputSpec[], workers: EncodersByWorker): void {
  if (workers.size === 0) return;
  const missingFrom = (codecs: ReadonlySet<string>) =>
    outputs.find(({ codec }) => !codecs.has(codec));
  const isPossible = [...workers.values()].some(
    (encoders) => !missingFrom(workingCodecs(encoders)),
  );
  if (isPossible) return;
  const all = workingCodecs([...workers.values()].flat());
  const known = [...all].join(" ");
  const missing = missingFrom(all);
  const requested = [...new Set(outputs.map(({ codec }) => codec))].join(" ");
  const message = missing
    ? `no encoder of this mesh makes ${missing.codec}; available: ${known}`
    : `no single encode worker of this mesh makes all of ${requested}`;
  throw new DepthmeshError("CODEC_UNAVAILABLE", message, {
    metadata: {
      ...{ field: "outputs.codec", known },
      ...(missing ? { codec: missing.codec, container: missing.container } : { codec: requested }),
    },
  });
}

function workingCodecs(encoders: readonly EncoderFacts[]): ReadonlySet<string> {
  return new Set(encoders.filter(({ works }) => works).map(({ codec }) => codec));
}
