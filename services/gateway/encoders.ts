/** What the encode workers of the mesh can make: ListEncoders, and the check of a new job against it. */
import { InputError } from "../../core/input-error.js";
import { codecRow } from "../../core/output/codecs.js";
import { combinations, containerRow } from "../../core/output/containers.js";
import type { EncoderFacts } from "../../core/output/encoder-facts.js";
import type { OutputSpec } from "../../core/output/spec.js";
import {
  Encoder,
  type ListEncodersResponse,
  OutputFormat,
} from "../../proto/gen/depthmesh/v1/catalog_service.js";

/** Encoders by the worker that has tried them. */
export type EncodersByWorker = ReadonlyMap<string, readonly EncoderFacts[]>;

export function encoderList(workers: EncodersByWorker): ListEncodersResponse {
  const codecs = codecsOf(workers);
  return {
    formats: combinations().map(({ container, codec }) => {
      const holder = containerRow(container);
      const row = codecRow(codec);
      return OutputFormat.fromPartial({
        ...{ container, codec, extension: holder.extension, mediaType: holder.mediaType },
        available: codecs.has(codec),
        ...(row.crf && { defaultCrf: row.crf.byDefault, maximumCrf: row.crf.maximum }),
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

/** Throws CODEC_UNAVAILABLE. Nothing is known while no worker has spoken: then the one that takes the job decides. */
export function checkEncodable(outputs: readonly OutputSpec[], workers: EncodersByWorker): void {
  if (workers.size === 0) return;
  const codecs = codecsOf(workers);
  for (const { codec, container } of outputs) {
    if (codecs.has(codec)) continue;
    const known = [...codecs].join(" ");
    throw new InputError("CODEC_UNAVAILABLE", `no encoder here makes ${codec}; there is ${known}`, {
      field: "outputs.codec",
      ...{ codec, container, known },
    });
  }
}

function codecsOf(workers: EncodersByWorker): ReadonlySet<string> {
  const working = [...workers.values()].flat().filter(({ works }) => works);
  return new Set(working.map(({ codec }) => codec));
}
