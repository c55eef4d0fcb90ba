/** The files of a job as the page offers them. */

import { sizeText } from "../../../../core/quantity-text.js";
import type { ArtifactJson, JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { jobId } from "./job-view.js";

export interface Download {
  /** `video.mp4` */
  readonly artifact: string;
  /** `coffee.mp4`, `coffee-depth.png` */
  readonly fileName: string;
  readonly mediaType: string;
  /** `MP4, 1280 × 720, 3 s, H.264, 1.25 MB` */
  readonly facts: string;
  /** Path that sends the file with its name; relative to the page. */
  readonly href: string;
  /** Path of the file to show in the page. */
  readonly source: string;
}

/** The last part of `jobs/{job}/artifacts/{artifact}`. */
export function artifactId({ name }: Pick<ArtifactJson, "name">): string {
  return (name ?? "").split("/").at(-1) ?? "";
}

/** Videos first, in the order of the request; then the other files, as the job lists them. */
export function downloadsOf(job: JobJson, photoFileName: string): Download[] {
  const artifacts = [...(job.artifacts ?? [])];
  const order = ({ output }: ArtifactJson) => output ?? Number.POSITIVE_INFINITY;
  artifacts.sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)));
  return artifacts.map((artifact) => {
    const name = artifactId(artifact);
    const path = `v1/jobs/${encodeURIComponent(jobId(job))}/artifacts/${encodeURIComponent(name)}`;
    const fileName = downloadName(photoFileName, name);
    return {
      artifact: name,
      fileName,
      mediaType: artifact.mediaType ?? "",
      facts: factsOf(artifact),
      href: `${path}?download=${encodeURIComponent(fileName)}`,
      source: path,
    };
  });
}

/**
 * `video.mp4` of `coffee.png` is `coffee.mp4`, `video-2.mp4` `coffee-2.mp4`, `depth.png`
 * `coffee-depth.png`.
 */
export function downloadName(photoFileName: string, artifact: string): string {
  const stem = stemOf(photoFileName);
  const ofVideo = /^video(-\d+)?(\..+)$/.exec(artifact);
  return ofVideo ? `${stem}${ofVideo[1] ?? ""}${ofVideo[2]}` : `${stem}-${artifact}`;
}

/** The file name without its extension; a name that is nothing else stays. */
export function stemOf(fileName: string): string {
  const base = fileName.split(/[/\\]/).at(-1) ?? "";
  const stem = base.replace(/(?<=.)\.[^.]*$/, "");
  return stem === "" ? "photo" : stem;
}

function factsOf(artifact: ArtifactJson): string {
  const { mediaType = "", width, height, frames, durationSeconds, codec, soundCodec } = artifact;
  const seconds = Number(durationSeconds ?? 0);
  return [
    TYPE_TITLES[mediaType] ?? mediaType,
    width && height ? `${width} × ${height}` : "",
    seconds > 0 ? `${Number(seconds.toFixed(2))} s` : "",
    frames ? `${frames} frames` : "",
    [codec, soundCodec].filter(Boolean).join(" + "),
    sizeText(Number(artifact.sizeBytes ?? 0)),
  ]
    .filter((fact) => fact !== "")
    .join(", ");
}

const TYPE_TITLES: Readonly<Record<string, string>> = {
  "video/mp4": "MP4",
  "video/webm": "WebM",
  "video/quicktime": "QuickTime",
  "video/x-matroska": "Matroska",
  "image/gif": "GIF",
  "image/webp": "WebP",
  "image/apng": "APNG",
  "image/png": "PNG",
  "image/jpeg": "JPEG",
  "application/zip": "ZIP",
  "application/x-tar": "tar",
  "model/gltf-binary": "glTF",
};

/** What the page can show: the first video or animation, and the pictures. */
export interface Shown {
  readonly movie: Download | undefined;
  readonly pictures: readonly Download[];
}

/** `canPlay` says whether the browser plays a media type. */
export function shownOf(
  downloads: readonly Download[],
  canPlay: (mediaType: string) => boolean,
): Shown {
  const isMovie = ({ artifact }: Download) => artifact.startsWith("video");
  const isPicture = ({ mediaType }: Download) => mediaType.startsWith("image/");
  const movies = downloads.filter(isMovie);
  const movie =
    movies.find((each) => each.mediaType.startsWith("video/") && canPlay(each.mediaType)) ??
    movies.find(isPicture);
  return { movie, pictures: downloads.filter((each) => !isMovie(each) && isPicture(each)) };
}
