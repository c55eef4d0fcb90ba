/** What the page kept for a reload, checked: another version of it may have written it. */
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { specOfText } from "./spec-text.js";

export interface Kept {
  readonly spec: JobSpecJson;
  readonly photo?: {
    readonly fileName: string;
    readonly sizeBytes: number;
    readonly upload: string;
  };
}

/** Undefined where nothing was kept, or nothing that can be read. */
export function readKept(text: string | null): Kept | undefined {
  if (text === null) return undefined;
  try {
    const { spec = {}, photo } = specOfText(text) as { spec?: unknown; photo?: unknown };
    const kept = { spec: specOfText(JSON.stringify(spec)) };
    return isPhoto(photo) ? { ...kept, photo } : kept;
  } catch {
    return undefined;
  }
}

function isPhoto(value: unknown): value is NonNullable<Kept["photo"]> {
  if (typeof value !== "object" || value === null) return false;
  const { fileName, sizeBytes, upload } = value as Record<string, unknown>;
  return (
    typeof fileName === "string" && typeof sizeBytes === "number" && typeof upload === "string"
  );
}
