/** What the encode workers of the mesh can make: ListEncoders, and the check of a new job against it. */
import { InputError } from "../../core/input-error.js";
import { codecRow } from "../../core/output/codecs.js";
import { combinations, containerRow } from "../../core/output/containers.js";
import type { EncoderFacts, EncodersByWorker } from "../../core/output/encoder-facts.js";
import type { OutputSpec } from "../../core/output/spec.js";
import {
  Encoder,
  type ListEncodersResponse,
  OutputFormat,
} from "../../proto/gen/depthmesh/v1/catalog_service.js";

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
  throw new InputError("CODEC_UNAVAILABLE", message, {
    ...{ field: "outputs.codec", known },
    ...(missing ? { codec: missing.codec, container: missing.container } : { codec: wanted }),
  });
}

function codecsOf(encoders: readonly EncoderFacts[]): ReadonlySet<string> {
  return new Set(encoders.filter(({ works }) => works).map(({ codec }) => codec));
}
