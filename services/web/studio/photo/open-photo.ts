/** From a file to a scene: the photo is sent, its depth is measured, and both come back. */
import { effect } from "@preact/signals";
import { ProblemError } from "../api/http.js";
import { depthSpec, getScene } from "../api/scene.js";
import { uploadFile } from "../api/upload.js";
import { currentJob } from "../state/job.js";
import { type CurrentPhoto, currentPhoto, photoWork } from "../state/photo.js";
import { openSession, session } from "../state/session.js";
import { currentSpec } from "../state/spec.js";

/** While somebody drags a slider, only the value that it rests on is measured. */
const SETTLED_MS = 400;
const UPLOAD_NOT_FOUND = "UPLOAD_NOT_FOUND";

let running = new AbortController();
/** The depth settings that the scene on the page was made with. */
let measured = "";

/** Takes the place of whatever photo the page has. */
export function openPhoto(file: Blob, fileName: string): Promise<void> {
  currentJob.value = undefined;
  scrollTo(0, 0);
  currentPhoto.value = {
    fileName,
    sizeBytes: file.size,
    file,
    upload: undefined,
    scene: undefined,
  };
  return prepare();
}

/** Continues with an upload that the server still has, after the page was loaded anew. */
export function openUpload(photo: Pick<CurrentPhoto, "fileName" | "sizeBytes" | "upload">) {
  currentPhoto.value = { ...photo, file: undefined, scene: undefined };
  return prepare();
}

export function closePhoto(): void {
  running.abort();
  currentPhoto.value = undefined;
  photoWork.value = { kind: "none" };
}

/** Does what is missing: also the way to try again after a failure. */
export async function prepare(): Promise<void> {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  try {
    await upload(signal);
    await measure(signal);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ProblemError)) throw error;
    if (session.peek().kind === "locked") {
      await openSession();
      return signal.aborted ? undefined : prepare();
    }
    if (error.problem.reason === UPLOAD_NOT_FOUND) forgetUpload();
    photoWork.value = { kind: "failed", problem: error.problem };
  }
}

async function upload(signal: AbortSignal): Promise<void> {
  const photo = currentPhoto.peek();
  if (!photo?.file || photo.upload !== undefined) return;
  photoWork.value = { kind: "uploading", sent: 0 };
  const onProgress = (sent: number) => {
    if (!signal.aborted) photoWork.value = { kind: "uploading", sent };
  };
  const { name } = await uploadFile(photo.file, { signal, onProgress });
  signal.throwIfAborted();
  currentPhoto.value = { ...photo, upload: name };
}

async function measure(signal: AbortSignal): Promise<void> {
  const photo = currentPhoto.peek();
  if (photo?.upload === undefined) return;
  const spec = currentSpec.peek();
  photoWork.value = { kind: "measuring" };
  const scene = await getScene(photo.upload, spec, signal);
  signal.throwIfAborted();
  measured = JSON.stringify(depthSpec(spec));
  currentPhoto.value = { ...photo, scene };
  photoWork.value = { kind: "none" };
}

/** The next try sends the file again. */
function forgetUpload(): void {
  const photo = currentPhoto.peek();
  if (photo) currentPhoto.value = { ...photo, upload: undefined };
}

let settled: ReturnType<typeof setTimeout> | undefined;

/** Measures anew whenever settings of the depth map have changed. Runs until the page is closed. */
export function followDepthSettings(): void {
  effect(() => {
    const wanted = JSON.stringify(depthSpec(currentSpec.value));
    clearTimeout(settled);
    if (currentPhoto.peek()?.scene === undefined || wanted === measured) return;
    settled = setTimeout(() => void prepare(), SETTLED_MS);
  });
}
