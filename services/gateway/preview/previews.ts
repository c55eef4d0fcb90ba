/**
 * PreviewService: pictures of a scene at once, without a job. The gateway finds out whose photo and
 * depth map they show, and a render worker that keeps its scenes draws them.
 */

import { DepthmeshError } from "../../../core/errors.js";
import { previewTau } from "../../../core/preview/options.js";
import { depthOutputOf } from "../../../core/spec/stage-output.js";
import { abortable, onAbort } from "../../../kit/async/abort.js";
import type { CallContext } from "../../../kit/rpc/call.js";
import { fieldConflict, readFirst } from "../../../kit/rpc/requests.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { DepthServiceClient } from "../../../proto/gen/depthmesh/stage/v1/depth_service.js";
import {
  type PreviewReady,
  type PreviewStart,
  RenderServiceClient,
} from "../../../proto/gen/depthmesh/stage/v1/render_service.js";
import type {
  GetSceneRequest,
  GetSceneResponse,
  InteractRequest,
  InteractResponse,
  PreviewOptions,
  PreviewPicture,
  PreviewSource,
  RenderContactSheetRequest,
  RenderContactSheetResponse,
  RenderStillRequest,
  RenderStillResponse,
} from "../../../proto/gen/depthmesh/v1/preview_service.js";
import type { JobSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import {
  fromWireOptions,
  fromWireSceneOptions,
  fromWireSheetOptions,
} from "../../../wire/preview.js";
import { readRecord } from "../api/jobs.js";
import type { GatewayConfig } from "../config.js";
import type { GatewayContext } from "../context.js";
import { StageWorkers } from "../fleet/stage-workers.js";
import { filesOfUploads } from "../kept-uploads/upload-files.js";
import { type OpenScene, runSession } from "./interact.js";
import { PreviewPlaces } from "./preview-places.js";
import { type SentRasters, StagePreview } from "./stage-preview.js";
import { type DepthFacts, UploadRasters } from "./upload-rasters.js";

type Scene = Pick<PreviewStart, "source" | "spec" | "options">;

/** A scene as a render worker takes it, and what keeps it with one worker. */
interface FoundScene {
  readonly key: string;
  readonly scene: Scene;
  readonly rasters: SentRasters | undefined;
  readonly depth: DepthFacts;
}

interface SceneRequest {
  readonly source?: PreviewSource | undefined;
  readonly spec?: JobSpec | undefined;
  readonly options?: PreviewOptions | undefined;
}

/** What of the gateway previews need. */
export type PreviewContext = Pick<GatewayContext, "store" | "draining"> &
  Parameters<typeof filesOfUploads>[0] & {
    readonly fleet: Pick<GatewayContext["fleet"], "live" | "changed">;
    readonly config: Pick<GatewayConfig, "maxPreviews" | "previewIdleMs" | "previewPhotosMib">;
  };

export class Previews {
  readonly #context: PreviewContext;
  readonly #renderers: StageWorkers<RenderServiceClient>;
  readonly #depth: StageWorkers<DepthServiceClient>;
  readonly #uploads: UploadRasters;
  readonly #stills: PreviewPlaces;
  readonly #sessions: PreviewPlaces;

  constructor(context: PreviewContext) {
    const { fleet, config } = context;
    this.#context = context;
    this.#renderers = new StageWorkers(fleet, "render", RenderServiceClient);
    this.#depth = new StageWorkers(fleet, "depth", DepthServiceClient);
    this.#uploads = new UploadRasters(this.#depth, config.previewPhotosMib * 2 ** 20);
    this.#stills = new PreviewPlaces("stills and contact sheets", config.maxPreviews);
    this.#sessions = new PreviewPlaces("sessions of Interact", config.maxPreviews);
  }

  async renderStill(request: RenderStillRequest, call: CallContext): Promise<RenderStillResponse> {
    const tau = previewTau(request.tau);
    fromWireOptions(request.options);
    const purpose = { $case: "still" as const, value: { tau } };
    const { pictures } = await this.#once(request, purpose, call);
    return { picture: pictures[0] };
  }

  async renderContactSheet(
    request: RenderContactSheetRequest,
    call: CallContext,
  ): Promise<RenderContactSheetResponse> {
    fromWireSheetOptions(request.options);
    const purpose = { $case: "sheet" as const, value: {} };
    const { pictures, ready } = await this.#once(request, purpose, call);
    return { picture: pictures[0], presets: ready.presets };
  }

  async getScene(request: GetSceneRequest, call: CallContext): Promise<GetSceneResponse> {
    fromWireSceneOptions(request.options);
    const purpose = { $case: "parts" as const, value: {} };
    const { pictures, ready, depth } = await this.#once(request, purpose, call);
    const [photo, depthMap] = pictures;
    const { width, height, notes } = ready;
    return {
      ...{ photo, depthMap, sourceWidth: width, sourceHeight: height },
      sourceDepthWidth: ready.depth?.width ?? 0,
      sourceDepthHeight: ready.depth?.height ?? 0,
      ...{ depthModel: depth.model, notes: [...depth.notes, ...notes] },
    };
  }

  async *interact(
    requests: AsyncIterable<InteractRequest>,
    call: CallContext,
  ): AsyncGenerator<InteractResponse> {
    const messages = requests[Symbol.asyncIterator]();
    const start = await readFirst(messages, "start");
    fromWireOptions(start.options);
    const leave = this.#sessions.enter(call.identity.tenant);
    const stop = new AbortController();
    const { draining, config } = this.#context;
    // Not AbortSignal.any: `draining` lives as long as the process and would keep every signal.
    const stopListening = [
      onAbort(call.signal, () => stop.abort(call.signal.reason)),
      onAbort(draining, () => stop.abort(draining.reason)),
    ];
    try {
      const found = await this.#find(start, call);
      const purpose = { $case: "session" as const, value: {} };
      const open: OpenScene = () =>
        this.#renderers.withOne(found.key, stop.signal, (client) =>
          StagePreview.open(client, { ...found.scene, purpose }, found.rasters, stop.signal),
        );
      yield* runSession(open, messages, { idleMs: config.previewIdleMs, signal: stop.signal });
    } finally {
      for (const end of stopListening) end();
      leave();
    }
  }

  /** The one picture of a still or a sheet; photo and depth map of the parts. */
  async #once(
    request: SceneRequest,
    purpose: PreviewStart["purpose"],
    call: CallContext,
  ): Promise<{ pictures: PreviewPicture[]; ready: PreviewReady; depth: DepthFacts }> {
    const { signal, identity } = call;
    const leave = this.#stills.enter(identity.tenant);
    try {
      const { key, scene, rasters, depth } = await this.#find(request, call);
      return await this.#renderers.withOne(key, signal, async (client) => {
        const preview = await StagePreview.open(client, { ...scene, purpose }, rasters, signal);
        try {
          const pictures = await preview.take(purpose?.$case === "parts" ? 2 : 1);
          return { pictures, ready: preview.ready, depth };
        } finally {
          await preview.close();
        }
      });
    } finally {
      leave();
    }
  }

  /**
   * Throws JOB_NOT_FOUND and UPLOAD_NOT_FOUND, also for those of another tenant, JOB_NOT_READY,
   * UPLOAD_INCOMPLETE, and PARAMETER_CONFLICT where no source is named.
   */
  async #find(
    { source, spec, options }: SceneRequest,
    { identity, signal }: CallContext,
  ): Promise<FoundScene> {
    switch (source?.kind?.$case) {
      case "job": {
        const record = await readRecord(this.#context, source.kind.value, identity);
        const job = { $case: "job" as const, value: `jobs/${record.id}` };
        const scene = { source: job, spec, options };
        return { key: record.id, scene, rasters: undefined, depth: depthOf(record) };
      }
      case "upload": {
        const named = { photoUpload: source.kind.value };
        const { photo } = await ofSource(filesOfUploads(this.#context, identity, named));
        if (!photo) break;
        const made = this.#uploads.of(identity.tenant, photo, spec);
        const { key, rasters } = await abortable(made, signal);
        const rastersKey = { $case: "rastersKey" as const, value: key };
        const scene = { source: rastersKey, spec, options };
        return { key, scene, rasters, depth: rasters.depth };
      }
    }
    throw fieldConflict("source names neither a job nor an upload", "source");
  }
}

/** What a job says about its depth map; the render worker refuses a job that has none yet. */
function depthOf({ stages, notes }: JobRecord): DepthFacts {
  const { done, output } = stages.depth;
  return {
    model: done ? depthOutputOf(output).source.model : "",
    notes: notes
      .filter(({ stage }) => stage === "depth")
      .map((note) => ({ ...note, metadata: { ...note.metadata } })),
  };
}

/** The field of this request in place of that of a job's header. */
async function ofSource<T>(files: Promise<T>): Promise<T> {
  try {
    return await files;
  } catch (error) {
    if (!(error instanceof DepthmeshError) || error.metadata.field === undefined) throw error;
    const { reason, message, metadata, cause } = error;
    const here = { ...metadata, field: "source.upload" };
    throw new DepthmeshError(reason, message.replaceAll("photo_upload", "source"), {
      metadata: here,
      cause,
    });
  }
}
