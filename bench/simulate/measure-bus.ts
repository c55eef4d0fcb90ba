/** What records and orders cost, by the bench of a mesh whose stages do nothing. */
import type { MeasuredBus } from "../../simulate/mesh/measured.js";
import type { Figure } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { mesh } from "../mesh/mesh.js";

export async function measureBus(): Promise<MeasuredBus> {
  process.stderr.write("records and orders\n");
  const figures: Figure[] = [];
  for await (const line of mesh(undefined)) if ("metric" in line) figures.push(line);
  const values = (metric: RegExp) =>
    figures.filter((figure) => metric.test(figure.metric)).map(({ value }) => value);
  const writes = values(/^(KV_|DM_WORK_).* writes$/);
  return {
    natsMsPerJob: median(values(/^nats-server processor time$/)),
    writesPerJob: Math.round(writes.reduce((sum, each) => sum + each, 0)),
  };
}
