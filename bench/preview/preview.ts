/**
 * `npm run bench -- preview`: how long a still and a contact sheet take, and how many frames per
 * second a session gets, from a mesh of one worker per stage, also while a job is drawn.
 */
import type { DepthmeshClient } from "../../client/client.js";
import { interact } from "../../client/interact.js";
import {
  type InteractCamera,
  InteractStart,
  PreviewFormat,
  type PreviewSource,
  RenderContactSheetRequest,
  RenderStillRequest,
} from "../../proto/gen/depthmesh/v1/preview_service.js";
import type { Photo } from "../../testing/photos.js";
import { atLeast, atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { clipOf, runToEnd, startBenchMesh, uncachedSpec } from "../bench-mesh.js";

const STILL_AIM_MS = 150;
const FRAMES_AIM = 15;
const STILLS = 21;
const SHEETS = 5;
const SESSIONS = 5;
const SESSION_FRAMES = 60;
const JOB_MS = 300_000;

export async function* preview([photo]: readonly Photo[]): AsyncGenerator<BenchLine> {
  if (!photo) return;
  const { client, stop } = await startBenchMesh();
  try {
    const spec = uncachedSpec({ clip: clipOf(640, 360, 0.5, 30) });
    const { name } = await runToEnd(client, spec, photo, JOB_MS);
    const source: PreviewSource = { kind: { $case: "job", value: name } };
    const figure = figuresOf("preview", photo.name);
    const stills = await stillTimes(client, source);
    yield figure("first still, 854×480", stills[0] ?? Number.NaN, "ms");
    const still = median(stills.slice(1));
    yield figure("warm still, 854×480", still, "ms");
    const sheets = await sheetTimes(client, source);
    yield figure("first contact sheet", sheets[0] ?? Number.NaN, "ms");
    yield figure("warm contact sheet", median(sheets.slice(1)), "ms");
    const rates: number[] = [];
    for (let i = 0; i < SESSIONS; i++) rates.push(await framesPerSecond(client, source, 1));
    yield figure("session, JPEG, 640×360", median(rates), "frames/s");
    const webp = PreviewFormat.PREVIEW_FORMAT_WEBP;
    yield figure("session, WebP, 640×360", await framesPerSecond(client, source, webp), "frames/s");
    const job = uncachedSpec({ clip: clipOf(1280, 720, 3, 30) });
    const alone = await seconds(() => runToEnd(client, job, photo, JOB_MS));
    let beside = 0;
    const shared = await seconds(async () => {
      const running = runToEnd(client, job, photo, JOB_MS);
      beside = await framesPerSecond(client, source, 1);
      await running;
    });
    yield figure("session beside a 720p job", beside, "frames/s");
    yield figure("the job alone", alone, "s");
    yield figure("the job beside the session", shared, "s");
    yield atMost("warm still, 854×480", still, STILL_AIM_MS, "ms");
    yield atLeast("session, 640×360", median(rates), FRAMES_AIM, "frames/s");
  } finally {
    await stop();
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  return (await milliseconds(work)) / 1000;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

/** Each still shows another moment; the first one opens the scene. */
async function stillTimes(client: DepthmeshClient, source: PreviewSource): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < STILLS; i++) {
    const request = RenderStillRequest.fromPartial({ source, tau: i / STILLS });
    times.push(await milliseconds(() => client.renderStill(request)));
  }
  return times;
}

async function sheetTimes(client: DepthmeshClient, source: PreviewSource): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < SHEETS; i++) {
    const request = RenderContactSheetRequest.fromPartial({ source });
    times.push(await milliseconds(() => client.renderContactSheet(request)));
  }
  return times;
}

/** Of a caller that moves the camera 60 times a second on a circle, from the first frame on. */
async function framesPerSecond(
  client: DepthmeshClient,
  source: PreviewSource,
  format: PreviewFormat,
): Promise<number> {
  const start = InteractStart.fromPartial({ source, options: { longestSide: 640, format } });
  const over = new AbortController();
  let frames = 0;
  let firstAtMs = 0;
  for await (const { kind } of interact(client, start, circle(over.signal))) {
    if (kind?.$case !== "frame") continue;
    if (frames === 0) firstAtMs = performance.now();
    if (frames === SESSION_FRAMES) {
      over.abort();
      break;
    }
    frames += 1;
  }
  return frames / ((performance.now() - firstAtMs) / 1000);
}

async function* circle(signal: AbortSignal): AsyncGenerator<InteractCamera> {
  for (let sequence = 1; !signal.aborted; sequence++) {
    const angle = sequence / 30;
    yield { sequence, x: 0.5 * Math.cos(angle), y: 0.5 * Math.sin(angle), dolly: 0 };
    await new Promise((resolve) => setTimeout(resolve, 1000 / 60));
  }
}
