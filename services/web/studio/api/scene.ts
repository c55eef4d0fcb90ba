/** The scene of an upload, with its pictures as files. */

import type { GetSceneResponseJson } from "../../../../proto/gen/json/depthmesh/v1/preview_service_pb.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import type { SceneFiles } from "../state/photo.js";
import { callJson } from "./http.js";
import { pictureFile } from "./preview-file.js";

/** The parts of a specification that decide the depth map. */
export function depthSpec({ model, degradePolicy, depth, edges }: JobSpecJson): JobSpecJson {
  return {
    ...(model !== undefined && { model }),
    ...(degradePolicy !== undefined && { degradePolicy }),
    ...(depth !== undefined && { depth }),
    ...(edges !== undefined && { edges }),
  };
}

/** Throws ProblemError where the API refuses the photo or the specification. */
export async function getScene(
  upload: string,
  spec: JobSpecJson,
  signal: AbortSignal,
): Promise<SceneFiles> {
  const body = { source: { upload }, spec: depthSpec(spec) };
  const scene = await callJson<GetSceneResponseJson>("/v1/previews/scene", {
    method: "POST",
    body,
    signal,
  });
  return {
    photo: pictureFile(scene.photo),
    depthMap: pictureFile(scene.depthMap),
    width: scene.sourceWidth ?? scene.photo?.width ?? 0,
    height: scene.sourceHeight ?? scene.photo?.height ?? 0,
    depthModel: scene.depthModel ?? "",
    notes: scene.notes ?? [],
  };
}
