/** The photo that the page works with, and what is being done with it. */
import { signal } from "@preact/signals";
import type { NoteJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import type { Problem } from "../api/http.js";

/** The photo and its depth map as the server prepares them for a scene. */
export interface SceneFiles {
  readonly photo: Blob;
  /** 16-bit gray PNG, white is near. */
  readonly depthMap: Blob;
  /** Size in pixels of the whole upright photo, which `photo` may be a smaller form of. */
  readonly width: number;
  readonly height: number;
  /** Empty where the photo had a depth map of its own. */
  readonly depthModel: string;
  readonly notes: readonly NoteJson[];
}

export interface CurrentPhoto {
  /** As the user's file is called; for people only. */
  readonly fileName: string;
  readonly sizeBytes: number;
  /** What was dropped; undefined after the page was loaded anew. */
  readonly file: Blob | undefined;
  /** `uploads/{upload}`, once the server has the whole file. */
  readonly upload: string | undefined;
  readonly scene: SceneFiles | undefined;
}

export type PhotoWork =
  | { readonly kind: "none" }
  /** `sent` is 0 to 1. */
  | { readonly kind: "uploading"; readonly sent: number }
  /** The server makes the depth map, the first one or one of other settings. */
  | { readonly kind: "measuring" }
  | { readonly kind: "failed"; readonly problem: Problem };

export const currentPhoto = signal<CurrentPhoto | undefined>(undefined);
export const photoWork = signal<PhotoWork>({ kind: "none" });
