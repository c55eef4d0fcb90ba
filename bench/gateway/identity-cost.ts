/**
 * What it costs a gateway to find out who calls: the same calls to one that asks for API keys and
 * to one that asks nobody, in turns.
 */
import { DepthmeshClient } from "../../client/client.js";
import { newApiKey } from "../../kit/rpc/api-key.js";
import { pidOf } from "../../testing/mesh/fixture.js";
import { median } from "../../testing/statistics.js";
import { startBenchMesh } from "../bench-mesh.js";
import { unaryTimes } from "./unary-load.js";

const PER_SECOND = 200;
const SECONDS = 5;
const TURNS = 4;

/** Processor milliseconds that a key adds to each call: the median of the turns after the first. */
export async function identityCostMs(): Promise<number> {
  const { key, hash } = newApiKey();
  const workers = { depth: 0, render: 0, encode: 0 };
  const open = await startBenchMesh(workers);
  try {
    const environment = { DEPTHMESH_IDENTITY: "on", DEPTHMESH_OPERATOR_KEY_SHA256: hash };
    const asking = await startBenchMesh({ ...workers, environment });
    const withKey = new DepthmeshClient(asking.mesh.address, { key });
    try {
      const costs: number[] = [];
      for (let turn = 0; turn <= TURNS; turn++) {
        const without = await costOf(open.client, pidOf(open.mesh, "gateway"));
        const shown = await costOf(withKey, pidOf(asking.mesh, "gateway"));
        // The first turn compiles the code.
        if (turn > 0) costs.push(shown - without);
      }
      return median(costs);
    } finally {
      withKey.close();
      await asking.stop();
    }
  } finally {
    await open.stop();
  }
}

async function costOf(client: DepthmeshClient, pid: number): Promise<number> {
  const load = { perSecond: PER_SECOND, seconds: SECONDS, pid };
  return (await unaryTimes(load, () => client.listPresets())).processorMs;
}
