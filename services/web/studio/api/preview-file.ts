/** Pictures of the preview service as files. */
import type { PreviewPictureJson } from "../../../../proto/gen/json/depthmesh/v1/preview_service_pb.js";

export function pictureFile({ data = "", mediaType = "" }: PreviewPictureJson = {}): Blob {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: mediaType });
}
