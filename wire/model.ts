/**
 * Converts the status of a depth model to its message, for the catalog of the gateway and for the
 * model list of a depth worker.
 */
import type { ModelState, ModelStatus } from "../models/status.js";
import { type Model, ModelState as WireModelState } from "../proto/gen/depthmesh/v1/model.js";

const STATES: Readonly<Record<ModelState, WireModelState>> = {
  available: WireModelState.MODEL_STATE_AVAILABLE,
  "not-installed": WireModelState.MODEL_STATE_NOT_INSTALLED,
  "licence-forbidden": WireModelState.MODEL_STATE_LICENCE_FORBIDDEN,
  unknown: WireModelState.MODEL_STATE_UNSPECIFIED,
};

export function toWireModel(status: ModelStatus): Model {
  return { ...status, state: STATES[status.state] };
}
