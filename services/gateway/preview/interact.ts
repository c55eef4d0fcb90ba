/**
 * A session: the caller sends cameras as they come, and gets frames as fast as they are drawn, each
 * of the newest camera. A render worker that is lost is replaced, and the session goes on.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { abortable } from "../../../kit/async/abort.js";
import { fieldConflict } from "../../../kit/rpc/requests.js";
import type {
  InteractRequest,
  InteractResponse,
  PreviewPicture,
} from "../../../proto/gen/depthmesh/v1/preview_service.js";
import { fromWireCamera } from "../../../wire/preview.js";
import { elsewhere } from "../fleet/stage-workers.js";
import { CameraPace } from "./camera-pace.js";
import { NewestCamera, type TakenCamera } from "./newest-camera.js";
import type { StagePreview } from "./stage-preview.js";

/** What a session needs of an open scene. */
export type SessionScene = Pick<StagePreview, "ready" | "next" | "draw" | "close">;
export type OpenScene = () => Promise<SessionScene>;

/** One frame is drawn while the one before is encoded and sent. */
const IN_FLIGHT = 2;
/** Workers that are lost one after another, without a frame between them. */
const MAX_LOSSES = 3;

export interface SessionOptions {
  /** The longest time without a camera. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

export async function* runSession(
  open: OpenScene,
  messages: AsyncIterator<InteractRequest>,
  { idleMs, signal }: SessionOptions,
): AsyncGenerator<InteractResponse> {
  let scene = await open();
  const cameras = new NewestCamera();
  void follow(messages, cameras);
  const { width, height } = scene.ready;
  try {
    yield { kind: { $case: "ready", value: { width, height } } };
    let losses = 0;
    for (;;) {
      const drawing: TakenCamera[] = [];
      try {
        for await (const { picture, taken } of frames(scene, cameras, drawing, idleMs, signal)) {
          losses = 0;
          yield frameOf(picture, taken);
        }
        return;
      } catch (error) {
        signal.throwIfAborted();
        const loss = elsewhere(error);
        losses += 1;
        if (losses >= MAX_LOSSES) throw loss;
        // The newest first: the others are older than it.
        for (const taken of drawing.reverse()) cameras.giveBack(taken);
        await scene.close();
        scene = await open();
      }
    }
  } finally {
    await scene.close();
  }
}

interface DrawnFrame {
  readonly picture: PreviewPicture;
  readonly taken: TakenCamera;
}

/** Frames until the caller's cameras end. `drawing`: the cameras whose frames are on their way. */
async function* frames(
  scene: SessionScene,
  cameras: NewestCamera,
  drawing: TakenCamera[],
  idleMs: number,
  signal: AbortSignal,
): AsyncGenerator<DrawnFrame> {
  let next: Promise<PreviewPicture | undefined> | undefined;
  for (;;) {
    while (cameras.isThere && drawing.length < IN_FLIGHT) {
      const taken = cameras.take();
      if (!taken) break;
      drawing.push(taken);
      scene.draw(taken.camera);
    }
    const [taken] = drawing;
    if (!taken) {
      if (cameras.hasEnded) return;
      await untilCamera(cameras, idleMs, signal);
      continue;
    }
    next ??= scene.next();
    const picture = await pictureOrCamera(next, cameras, drawing.length < IN_FLIGHT, signal);
    if (picture === "camera") continue;
    next = undefined;
    drawing.shift();
    if (!picture) throw lost();
    yield { picture, taken };
  }
}

/** The picture; or the word, if a camera comes before that may be drawn meanwhile. */
async function pictureOrCamera(
  next: Promise<PreviewPicture | undefined>,
  cameras: NewestCamera,
  mayDraw: boolean,
  signal: AbortSignal,
): Promise<PreviewPicture | undefined | "camera"> {
  next.catch(() => {});
  if (!mayDraw) return abortable(next, signal);
  const over = new AbortController();
  const camera = cameras.changed(over.signal).then(() => "camera" as const);
  try {
    return await abortable(Promise.race([next, camera]), signal);
  } finally {
    over.abort();
  }
}

/** Throws JOB_DEADLINE_EXCEEDED when none comes in time. */
async function untilCamera(
  cameras: NewestCamera,
  idleMs: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), idleMs);
  try {
    await abortable(cameras.changed(over.signal), signal);
  } finally {
    clearTimeout(timer);
  }
  if (!over.signal.aborted) return;
  const message = `no camera came for ${idleMs} ms, after which a session ends; start another one when the camera moves`;
  throw new DepthmeshError("JOB_DEADLINE_EXCEEDED", message, {
    metadata: { limit_ms: String(idleMs) },
  });
}

/** Takes the caller's cameras until there are no more, and never rejects. */
async function follow(
  messages: AsyncIterator<InteractRequest>,
  cameras: NewestCamera,
): Promise<void> {
  const pace = new CameraPace();
  try {
    for (;;) {
      const { value, done } = await messages.next();
      if (done) return cameras.end();
      const { kind }: InteractRequest = value;
      if (kind?.$case !== "camera") throw fieldConflict("only cameras may follow", "camera");
      // What is wrong is refused here, before it is passed over.
      fromWireCamera(kind.value);
      cameras.push(kind.value);
      await pace.passed();
    }
  } catch (error) {
    cameras.end(error);
  }
}

function frameOf(picture: PreviewPicture, { camera, passedOver }: TakenCamera): InteractResponse {
  const { sequence } = camera;
  return { kind: { $case: "frame", value: { sequence, picture, passedOver } } };
}

function lost(): DepthmeshError {
  return new DepthmeshError("SERVICE_UNAVAILABLE", "the render worker ended the session");
}
