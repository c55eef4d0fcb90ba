/** Keeps the settings and the photo's upload for a reload of the page, as long as its tab lives. */
import { effect } from "@preact/signals";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { type Kept, readKept } from "../spec/kept.js";
import { specOfLink } from "../spec/spec-text.js";
import { currentPhoto } from "./photo.js";
import { currentSpec } from "./spec.js";

const KEY = "depthmesh.work";

/**
 * Takes the settings of the address or of the time before the reload, and keeps what is set from
 * now on. Returns the photo of that time, if there was one.
 */
export function keepWork(): Kept["photo"] {
  const kept = readKept(sessionStorage.getItem(KEY));
  const shared = specOfLink(location.hash);
  currentSpec.value = shared ?? kept?.spec ?? {};
  // The address would set them again after they have been changed.
  if (shared) history.replaceState(null, "", "#/photo");
  effect(() => {
    const photo = currentPhoto.value;
    const spec: JobSpecJson = currentSpec.value;
    const { fileName, sizeBytes, upload } = photo ?? {};
    sessionStorage.setItem(
      KEY,
      JSON.stringify({ spec, ...(upload && { photo: { fileName, sizeBytes, upload } }) }),
    );
  });
  return kept?.photo;
}
