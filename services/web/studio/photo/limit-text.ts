/** Limits of an upload in words. */
import type { GetLimitsResponseJson } from "../../../../proto/gen/json/depthmesh/v1/catalog_service_pb.js";
import { STRINGS } from "../strings.js";

const MEBIBYTE = 2 ** 20;
const MEGAPIXEL = 1e6;

export function uploadLimitText({
  maxUploadBytes = "0",
  maxPhotoPixels = "0",
}: GetLimitsResponseJson): string {
  const { formats, megapixels } = STRINGS.photo;
  const pixels = Math.floor(Number(maxPhotoPixels) / MEGAPIXEL);
  return `${formats} ${sizeText(Number(maxUploadBytes))}, ${pixels} ${megapixels}.`;
}

/** `456 KiB`, `1.5 MiB`, `64 MiB`. */
export function sizeText(bytes: number): string {
  if (bytes >= MEBIBYTE) return `${oneDecimal(bytes / MEBIBYTE)} MiB`;
  return `${Math.max(1, Math.round(bytes / 1024))} KiB`;
}

function oneDecimal(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, "");
}
