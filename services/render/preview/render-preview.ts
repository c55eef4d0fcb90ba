/**
 * RenderPreview: pictures at once, of a scene that stays warm. A session answers each camera with a
 * picture; the next one is drawn while the last one is encoded.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { type PreviewOptions, previewTau } from "../../../core/preview/options.js";
import { sessionScene, stillScene } from "../../../core/preview/preview-scene.js";
import { sessionState } from "../../../core/preview/session-camera.js";
import type { SheetLayout } from "../../../core/preview/sheet-layout.js";
import type { SceneSource } from "../../../core/scene/clip/clip-scene.js";
import type { SceneData } from "../../../core/scene/clip/scene-data.js";
import type { FrameState } from "../../../core/scene/frame-state.js";
import type { Quality } from "../../../core/scene/quality.js";
import { rgbBytes } from "../../../drawing/color-target.js";
import { abortable } from "../../../kit/async/abort.js";
import { fieldConflict, readFirst } from "../../../kit/rpc/requests.js";
import { inSpan } from "../../../kit/telemetry/tracing.js";
import type {
  PreviewStart,
  RenderPreviewRequest,
  RenderPreviewResponse,
} from "../../../proto/gen/depthmesh/stage/v1/render_service.js";
import type { PreviewPicture } from "../../../proto/gen/depthmesh/v1/preview_service.js";
import {
  fromWireCamera,
  fromWireOptions,
  fromWireSceneOptions,
  fromWireSheetOptions,
} from "../../../wire/preview.js";
import type { RenderScene } from "../render-scene.js";
import type { Renderer } from "../renderer.js";
import { stillAt } from "../still-at.js";
import { contactSheet } from "./contact-sheet.js";
import { encodePicture } from "./encode-picture.js";
import { type PreviewSource, type PreviewSourceParts, previewSource } from "./preview-source.js";
import { sceneParts } from "./scene-parts.js";
import { type SheetState, sheetScene } from "./sheet-scene.js";
import { sceneBytes, type WarmScene, type WarmScenes } from "./warm-scenes.js";

/** An open scene, and what its pictures are drawn from. */
export interface PreviewScene {
  readonly scene: RenderScene;
  readonly still?: SceneSource;
  readonly sheet?: { readonly layout: SheetLayout; readonly states: readonly SheetState[] };
  readonly session?: FrameState;
}

export interface PreviewParts extends PreviewSourceParts {
  readonly renderer: Pick<Renderer, "open">;
  readonly warm: WarmScenes<PreviewScene>;
  readonly quality: Quality;
  /** Fires when the process shuts down: sessions go elsewhere. */
  readonly draining: AbortSignal;
}

type Purpose = NonNullable<PreviewStart["purpose"]>["$case"];

const OPTIONS_OF: Readonly<Record<Purpose, typeof fromWireOptions>> = {
  still: fromWireOptions,
  sheet: fromWireSheetOptions,
  session: fromWireOptions,
  parts: fromWireSceneOptions,
};

export async function* renderPreview(
  parts: PreviewParts,
  requests: AsyncIterable<RenderPreviewRequest>,
  signal: AbortSignal,
): AsyncGenerator<RenderPreviewResponse> {
  parts.draining.throwIfAborted();
  const messages = requests[Symbol.asyncIterator]();
  const start = await readFirst(messages, "start");
  const { purpose } = start;
  if (!purpose) throw fieldConflict("the start says not what to draw", "purpose");
  const options = OPTIONS_OF[purpose.$case](start.options);
  const tau = purpose.$case === "still" ? previewTau(purpose.value.tau) : 0;
  const source = yield* previewSource(parts, start, messages, signal);
  signal.throwIfAborted();
  if (purpose.$case === "parts") return yield* answerParts(source, options);
  const { warm, release } = await sceneFor(parts, source, options, purpose.$case);
  try {
    const { scene, still, sheet, session } = warm.facts;
    const presets = sheet?.states.map(({ preset }) => preset) ?? [];
    const { width, height } = sheet?.layout.size ?? scene.size;
    const ready = { width, height, presets, notes: [], depth: undefined };
    yield { kind: { $case: "ready", value: ready } };
    if (still) yield answer(await encodePicture(await stillAt(scene, still, tau), options));
    if (sheet) yield answer(await drawSheet(scene, sheet, options, signal));
    if (session) yield* drawSession(parts, scene, session, options, messages);
  } finally {
    release();
  }
}

const answer = (value: PreviewPicture): RenderPreviewResponse => ({
  kind: { $case: "picture", value },
});

/** No scene is opened: whoever asks draws it. */
async function* answerParts(
  { rasters }: PreviewSource,
  options: PreviewOptions,
): AsyncGenerator<RenderPreviewResponse> {
  const { photo, depthMap, notes } = await inSpan("encode parts", {}, () =>
    sceneParts(rasters, options),
  );
  const ready = {
    ...{ ...rasters.photoSize, depth: rasters.disparitySize, presets: [] },
    notes: notes.map((note) => ({ ...note, stage: "render", metadata: { ...note.metadata } })),
  };
  yield { kind: { $case: "ready", value: ready } };
  yield answer(photo);
  yield answer(depthMap);
}

function sceneFor(
  { renderer, warm, quality }: PreviewParts,
  { rasters, key }: PreviewSource,
  options: PreviewOptions,
  purpose: Exclude<Purpose, "parts">,
) {
  const open = async ({ data, ...facts }: { data: SceneData } & Omit<PreviewScene, "scene">) => {
    const scene = await openScene(renderer, warm, data);
    return { scene, facts: { scene, ...facts }, bytes: sceneBytes(data) };
  };
  const build = async (): Promise<WarmScene<PreviewScene>> => {
    switch (purpose) {
      case "still": {
        const { source, data } = stillScene(rasters, options, quality);
        return open({ data, still: source });
      }
      case "sheet": {
        const { data, ...sheet } = await sheetScene(rasters, options, quality);
        return open({ data, sheet });
      }
      case "session": {
        const { data, base } = sessionScene(rasters, options, quality);
        return open({ data, session: base });
      }
    }
  };
  const openOnce = () => inSpan("build mesh", {}, build);
  return warm.take(`${purpose} ${options.longestSide} ${key}`, openOnce);
}

/** Scenes that nobody uses make room for a new one. */
async function openScene(
  renderer: PreviewParts["renderer"],
  warm: PreviewParts["warm"],
  data: SceneData,
): Promise<RenderScene> {
  try {
    return await renderer.open(data, "high");
  } catch (error) {
    if (!(error instanceof DepthmeshError) || error.reason !== "GPU_OUT_OF_MEMORY") throw error;
    warm.closeUnused();
    return renderer.open(data, "high");
  }
}

async function drawSheet(
  scene: RenderScene,
  { layout, states }: NonNullable<PreviewScene["sheet"]>,
  options: PreviewOptions,
  signal: AbortSignal,
): Promise<PreviewPicture> {
  const stills = [];
  for (const { preset, state } of states) {
    signal.throwIfAborted();
    stills.push({ name: preset, picture: await scene.still(state, 0) });
  }
  return contactSheet(stills, layout, options);
}

/** Ends with the caller's cameras, or with DRAINING. */
async function* drawSession(
  { draining }: PreviewParts,
  scene: RenderScene,
  base: FrameState,
  options: PreviewOptions,
  messages: AsyncIterator<RenderPreviewRequest>,
): AsyncGenerator<RenderPreviewResponse> {
  // Two, so that one is drawn into while the other is encoded.
  const targets = [0, 1].map(() => new Uint8Array(new SharedArrayBuffer(rgbBytes(scene.size))));
  let encoding: Promise<PreviewPicture> | undefined;
  let next = messages.next();
  try {
    for (let drawn = 0; ; drawn++) {
      const step = await abortable(encoding ? Promise.race([next, encoding]) : next, draining);
      // A picture that is ready goes out at once, also while no camera comes.
      if (encoding && (!("done" in step) || step.done)) yield answer(await encoding);
      if (!("done" in step)) {
        encoding = undefined;
        continue;
      }
      if (step.done) return;
      const camera = cameraOf(step.value);
      const picture = await scene.still(sessionState(base, camera), 0, targets[drawn % 2]);
      if (encoding) yield answer(await encoding);
      encoding = encodePicture(picture, options);
      encoding.catch(() => {});
      next = messages.next();
    }
  } finally {
    next.catch(() => {});
    // The encoder may still read the targets, and nobody else does.
    await encoding?.catch(() => {});
  }
}

function cameraOf({ kind }: RenderPreviewRequest) {
  if (kind?.$case === "camera") return fromWireCamera(kind.value);
  throw fieldConflict("only cameras may follow in a session", "camera");
}
