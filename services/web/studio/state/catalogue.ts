/** What the server can do: presets, parameters, formats, models and limits. */
import { signal } from "@preact/signals";
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import type {
  GetLimitsResponseJson,
  ListEncodersResponseJson,
  ListModelsResponseJson,
  ListPresetsResponseJson,
  OutputFormatJson,
  PresetJson,
} from "../../../../proto/gen/json/depthmesh/v1/catalog_service_pb.js";
import type { ModelJson } from "../../../../proto/gen/json/depthmesh/v1/model_pb.js";
import { callJson, ProblemError } from "../api/http.js";
import { rowsOf } from "../spec/parameter-rows.js";
import { openSession, session } from "./session.js";

export interface Catalogue {
  readonly presets: readonly PresetJson[];
  readonly parameters: readonly ParameterRow[];
  /** Every container with each codec that it can hold. */
  readonly formats: readonly OutputFormatJson[];
  readonly models: readonly ModelJson[];
  readonly limits: GetLimitsResponseJson;
}

/** Undefined until it is loaded. */
export const catalogue = signal<Catalogue | undefined>(undefined);

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Loads the catalogue, and tries again until it is there: soon after a key was given, later and
 * later while the server is away. What is wrong meanwhile is in `session`.
 */
export async function loadCatalogue(): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      catalogue.value = await readCatalogue();
      return;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (session.peek().kind === "locked") await openSession();
      else await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

async function readCatalogue(): Promise<Catalogue> {
  const [{ presets = [], parameters = [] }, { formats = [] }, { models = [] }, limits] =
    await Promise.all([
      callJson<ListPresetsResponseJson>("/v1/presets"),
      callJson<ListEncodersResponseJson>("/v1/encoders"),
      callJson<ListModelsResponseJson>("/v1/models"),
      callJson<GetLimitsResponseJson>("/v1/limits"),
    ]);
  return { presets, parameters: rowsOf(parameters), formats, models, limits };
}
