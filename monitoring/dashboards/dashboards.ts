/** Every dashboard, and the file that holds it. */
import { MESH_DASHBOARD } from "./mesh.js";
import type { Dashboard } from "./panel.js";
import { SERVICE_DASHBOARDS } from "./services.js";

export const DASHBOARDS: readonly Dashboard[] = [MESH_DASHBOARD, ...SERVICE_DASHBOARDS];

/** Relative to the top of the project. */
export const fileOf = ({ uid }: Dashboard) =>
  `deploy/grafana/dashboards/${uid.replace("depthmesh-", "")}.json`;
