/** Pictures of an upload that the server draws at once. */
import type { RenderContactSheetResponseJson } from "../../../../proto/gen/json/depthmesh/v1/preview_service_pb.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { callApi, callJson } from "./http.js";
import { pictureFile } from "./preview-file.js";

export interface PreviewCall {
  readonly upload: string;
  readonly spec: JobSpecJson;
  readonly longestSide: number;
  readonly signal: AbortSignal;
}

/** The clip at a moment, 0 to 1. Throws ProblemError. */
export async function renderStill(tau: number, call: PreviewCall): Promise<Blob> {
  const { upload, spec, longestSide, signal } = call;
  const response = await callApi("/v1/previews/still", {
    method: "POST",
    body: { source: { upload }, spec, tau, options: { longestSide } },
    headers: { accept: "image/*" },
    signal,
  });
  return response.blob();
}

export interface ContactSheetFile {
  readonly picture: Blob;
  readonly width: number;
  readonly height: number;
  /** By rows from the top, each from the left. */
  readonly presets: readonly string[];
}

/** A still of every preset on one picture. Throws ProblemError. */
export async function renderContactSheet(call: PreviewCall): Promise<ContactSheetFile> {
  const { upload, spec, longestSide, signal } = call;
  const { picture, presets = [] } = await callJson<RenderContactSheetResponseJson>(
    "/v1/previews/contact-sheet",
    {
      method: "POST",
      body: { source: { upload }, spec, options: { longestSide } },
      signal,
    },
  );
  const { width = 0, height = 0 } = picture ?? {};
  return { picture: pictureFile(picture), width, height, presets };
}
