/** The models of this worker, over gRPC. */

import type {
  GetModelStatisticsResponse,
  ListModelsResponse,
  LoadModelResponse,
  ModelStatistics,
  UnloadModelResponse,
} from "../../proto/gen/depthmesh/stage/v1/depth_service.js";
import { toWireModel } from "../../wire/model.js";
import type { LoadedModel } from "./inference/loaded-model.js";
import type { OpenEngine } from "./inference/open-engine.js";

export async function listModels({ registry }: OpenEngine): Promise<ListModelsResponse> {
  return { models: (await registry.statuses()).map(toWireModel) };
}

/** Throws the MODEL_ errors. */
export async function loadModel(
  { engine, pool, providers }: OpenEngine,
  name: string,
): Promise<LoadModelResponse> {
  const entry = await engine.resolve(name);
  const models = await Promise.all(providers.map((provider) => pool.acquire(entry, provider)));
  return { models: models.map(toWireStatistics) };
}

/** Throws MODEL_UNKNOWN. */
export async function unloadModel(
  { registry, pool }: OpenEngine,
  name: string,
): Promise<UnloadModelResponse> {
  return { sessions: pool.unload(registry.find(name).name) };
}

export async function modelStatistics({ pool }: OpenEngine): Promise<GetModelStatisticsResponse> {
  return { models: pool.loaded.map(toWireStatistics) };
}

function toWireStatistics({ entry, provider, file, statistics }: LoadedModel): ModelStatistics {
  const { photos, runs, totalMs, maxMs, running, faults } = statistics;
  return {
    ...{ name: entry.name, provider, precision: file.precision },
    ...{ photos, runs, running, maxRunMs: maxMs, meanRunMs: runs > 0 ? totalMs / runs : 0 },
    faults: Object.fromEntries(faults),
  };
}
