/** What a job will cost, as the API has learnt it. */

import { durationText, sizeText } from "../../../../core/quantity-text.js";
import type { EstimateJobResponseJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";
import { STRINGS } from "../strings.js";

/** `1280 × 720 pixels, 90 frames; takes about 4–6 s, makes about 1.2–1.6 MB`. */
export function estimateText(estimate: EstimateJobResponseJson): string {
  const words = STRINGS.making.estimate;
  const { plan, secondsP50, secondsP90, bytesP50, bytesP90 } = estimate;
  const { width, height, frames } = plan ?? {};
  const time = between(secondsP50, secondsP90, durationText);
  const size = between(bytesP50, bytesP90, sizeText);
  const cost = [time && words.takes(time), size && words.size(size)].filter(Boolean).join(", ");
  const made = width && height && frames ? words.plan(width, height, frames) : "";
  return cost
    ? [made, cost].filter((text) => text !== "").join("; ")
    : [made && `${made}.`, words.unknown].join(" ").trim();
}

type Figure = number | string | undefined;

/** What half and what nine of ten keep to; empty if nothing is known. */
function between(half: Figure, most: Figure, textOf: (value: number) => string): string {
  if (half === undefined) return "";
  const [low, high] = [textOf(Number(half)), textOf(Number(most ?? half))];
  return low === high ? low : `${low} – ${high}`;
}
