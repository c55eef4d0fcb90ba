/** What the page asks for when a photo is rendered. */
import { printable } from "../../../../core/printable.js";
import type { CreateJobHeaderJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";
import type {
  ArtifactKindJson,
  ContainerJson,
  JobSpecJson,
  OutputJson,
} from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import type { CurrentPhoto } from "../state/photo.js";

/** The photo that a job is made of. */
export interface PhotoToMake {
  readonly fileName: string;
  /** `uploads/{upload}` */
  readonly upload: string;
}

/** Undefined until the photo is uploaded. */
export function photoToMake(photo: CurrentPhoto | undefined): PhotoToMake | undefined {
  const { fileName = "", upload } = photo ?? {};
  return upload === undefined ? undefined : { fileName, upload };
}

/** Videos that the page offers at first sight, the first by itself. */
export const CONTAINERS = [
  "CONTAINER_MP4",
  "CONTAINER_WEBM",
  "CONTAINER_GIF",
  "CONTAINER_WEBP",
] as const satisfies readonly ContainerJson[];

/** Files besides the videos, in the order in which the command asks for them. */
export const ARTIFACTS = [
  "ARTIFACT_KIND_DEPTH",
  "ARTIFACT_KIND_STILL_STRIP",
  "ARTIFACT_KIND_NORMALS",
  "ARTIFACT_KIND_LAYERS",
  "ARTIFACT_KIND_SCENE",
  "ARTIFACT_KIND_VIEWER",
  "ARTIFACT_KIND_POSTER",
] as const satisfies readonly ArtifactKindJson[];

/** What is made where the reader has chosen nothing. */
const USUAL_ARTIFACTS: readonly ArtifactKindJson[] = [
  "ARTIFACT_KIND_DEPTH",
  "ARTIFACT_KIND_POSTER",
];

/**
 * The specification with its files named: a job with artifacts and without outputs would make no
 * video.
 */
export function specToMake(spec: JobSpecJson): JobSpecJson {
  const { outputs = [{ container: "CONTAINER_MP4" }], artifacts = USUAL_ARTIFACTS, ...rest } = spec;
  return {
    ...rest,
    outputs: [...outputs],
    artifacts: inOrder<ArtifactKindJson>(artifacts, ARTIFACTS),
  };
}

/** The specification with one more file, or without it. */
export function withContainer(
  spec: JobSpecJson,
  container: ContainerJson,
  isWanted: boolean,
): JobSpecJson {
  const known = specToMake(spec).outputs ?? [];
  const isThere = known.some((output) => output.container === container);
  const kept = isWanted ? known : known.filter((output) => output.container !== container);
  const outputs = isWanted && !isThere ? [...kept, { container }] : [...kept];
  const place = ({ container: name = "CONTAINER_MP4" }: OutputJson) => placeOf(name);
  return { ...spec, outputs: outputs.sort((a, b) => place(a) - place(b)) };
}

/** Those at first sight come first; the others keep the order in which they were chosen. */
function placeOf(container: ContainerJson): number {
  const place = (CONTAINERS as readonly ContainerJson[]).indexOf(container);
  return place < 0 ? CONTAINERS.length : place;
}

/** As `withContainer`, for the files besides the videos. */
export function withArtifact(
  spec: JobSpecJson,
  kind: ArtifactKindJson,
  isWanted: boolean,
): JobSpecJson {
  const others = (specToMake(spec).artifacts ?? []).filter((each) => each !== kind);
  return {
    ...spec,
    artifacts: inOrder<ArtifactKindJson>(isWanted ? [...others, kind] : others, ARTIFACTS),
  };
}

function inOrder<T>(values: readonly T[], order: readonly T[]): T[] {
  return [...values].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

export function jobHeader(
  { fileName, upload }: PhotoToMake,
  spec: JobSpecJson,
  requestId: string,
): CreateJobHeaderJson {
  return {
    spec: specToMake(spec),
    requestId,
    photoUpload: upload,
    // The page of a job opens its photo again by the upload, as long as the server keeps that.
    labels: { photo: labelOf(fileName), upload },
  };
}

/** What the API takes as a label's value, in characters. */
const MAX_LABEL_CHARACTERS = 63;

/** A long name is cut in front of its extension; what cannot be printed becomes `?`. */
export function labelOf(fileName: string): string {
  const characters = [...printable(fileName)];
  if (characters.length <= MAX_LABEL_CHARACTERS) return characters.join("");
  const ending = [...(/\.[^.]*$/.exec(fileName)?.[0] ?? "")].slice(0, 10);
  const kept = characters.slice(0, MAX_LABEL_CHARACTERS - ending.length - 1);
  return [...kept, "…", ...ending].join("");
}

/**
 * Ids of requests: the same one until an answer has come, so that a second click and a second try
 * after a lost answer make no second job.
 */
export class RequestIds {
  readonly #make: () => string;
  #request = "";
  #id = "";

  constructor(make: () => string) {
    this.#make = make;
  }

  idFor(photo: PhotoToMake, spec: JobSpecJson): string {
    const request = JSON.stringify([photo.upload, spec]);
    if (this.#id === "" || request !== this.#request) this.#id = this.#make();
    this.#request = request;
    return this.#id;
  }

  /** The API has answered: the next request is one of its own. */
  answered(): void {
    this.#id = "";
  }
}
