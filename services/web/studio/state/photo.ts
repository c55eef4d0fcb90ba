/** The photo that the page works with. */
import { signal } from "@preact/signals";
import type { NoteJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";

/** The photo and its depth map as the server prepares them for a scene. */
export interface SceneFiles {
  readonly photo: Blob;
  /** 16-bit gray PNG, white is near. */
  readonly depthMap: Blob;
  readonly width: number;
  readonly height: number;
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

export const currentPhoto = signal<CurrentPhoto | undefined>(undefined);
