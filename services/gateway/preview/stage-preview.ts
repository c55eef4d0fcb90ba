/** One call of RenderPreview to a render worker, from the gateway's side. */
import { DepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import { chunksOf } from "../../../kit/rpc/chunks.js";
import { outgoingMetadata, readStream } from "../../../kit/rpc/client.js";
import type {
  PreviewReady,
  PreviewStart,
  RenderPreviewRequest,
  RenderPreviewResponse,
  RenderServiceClient,
} from "../../../proto/gen/depthmesh/stage/v1/render_service.js";
import type {
  InteractCamera,
  PreviewPicture,
} from "../../../proto/gen/depthmesh/v1/preview_service.js";

/** The rasters of a scene, as RenderPreview takes them. */
export interface SentRasters {
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  /** 8-bit, of the photo's size; undefined if the photo is opaque. */
  readonly alpha: Uint8Array | undefined;
  /** 16-bit little endian. */
  readonly disparity: Uint8Array;
  readonly disparitySize: Size;
}

export class StagePreview {
  readonly ready: PreviewReady;
  readonly #call: ReturnType<RenderServiceClient["renderPreview"]>;
  readonly #responses: AsyncGenerator<RenderPreviewResponse>;

  private constructor(
    ready: PreviewReady,
    call: ReturnType<RenderServiceClient["renderPreview"]>,
    responses: AsyncGenerator<RenderPreviewResponse>,
  ) {
    this.ready = ready;
    this.#call = call;
    this.#responses = responses;
  }

  /** Resolves when the scene can be drawn. Throws the worker's errors, SERVICE_UNAVAILABLE. */
  static async open(
    client: RenderServiceClient,
    start: PreviewStart,
    rasters: SentRasters | undefined,
    signal: AbortSignal,
  ): Promise<StagePreview> {
    const call = client.renderPreview(outgoingMetadata());
    const responses = readStream<RenderPreviewResponse>(call, signal);
    try {
      call.write({ kind: { $case: "start", value: start } });
      for await (const { kind } of keepOpen(responses)) {
        if (kind?.$case === "ready") return new StagePreview(kind.value, call, responses);
        if (kind?.$case !== "rastersWanted" || !rasters) break;
        await sendRasters(call, rasters);
      }
      throw new DepthmeshError("INTERNAL", "the render worker did not open the scene");
    } catch (error) {
      await responses.return(undefined);
      throw error;
    }
  }

  /** The next picture; undefined when the worker sends no more. */
  async next(): Promise<PreviewPicture | undefined> {
    const { value, done } = await this.#responses.next();
    if (done) return undefined;
    return value.kind?.$case === "picture" ? value.kind.value : undefined;
  }

  /** So many pictures. Throws SERVICE_UNAVAILABLE when the worker sends fewer. */
  async take(count: number): Promise<PreviewPicture[]> {
    const pictures: PreviewPicture[] = [];
    while (pictures.length < count) {
      const next = await this.next();
      if (!next)
        throw new DepthmeshError("SERVICE_UNAVAILABLE", "the render worker sent no picture");
      pictures.push(next);
    }
    return pictures;
  }

  draw(camera: InteractCamera): void {
    this.#call.write({ kind: { $case: "camera", value: camera } });
  }

  /** Cancels the call, unless it has ended. */
  async close(): Promise<void> {
    this.#call.cancel();
    await this.#responses.return(undefined).catch(() => {});
  }
}

/** A loop that is left does not end the generator. */
function keepOpen<T>(values: AsyncGenerator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => ({ next: () => values.next() }) };
}

async function sendRasters(
  call: ReturnType<RenderServiceClient["renderPreview"]>,
  { photo, photoSize, alpha, disparity, disparitySize }: SentRasters,
): Promise<void> {
  const sizes = { photo: photoSize, disparity: disparitySize, alpha: alpha !== undefined };
  await write(call, { kind: { $case: "rasters", value: sizes } });
  for (const value of chunksOf(photo)) await write(call, { kind: { $case: "photoChunk", value } });
  for (const value of chunksOf(disparity)) {
    await write(call, { kind: { $case: "disparityChunk", value } });
  }
  for (const value of chunksOf(alpha ?? new Uint8Array())) {
    await write(call, { kind: { $case: "alphaChunk", value } });
  }
}

/** Resolves when the transport has taken the message, or the call has ended. */
function write(
  call: ReturnType<RenderServiceClient["renderPreview"]>,
  request: RenderPreviewRequest,
): Promise<void> {
  return new Promise((taken) => {
    if (call.destroyed) return taken();
    call.once("close", taken);
    call.write(request, () => {
      call.off("close", taken);
      taken();
    });
  });
}
