/** The API keys of the mesh, as the gateway's other parts use them. */
import type { Log } from "../../../kit/log.js";
import type { Bus } from "../../../kit/nats/connect.js";
import type { Buckets } from "../../../pipeline/topology/mesh-state.js";
import { KeyRing } from "./key-ring.js";
import { KeyStore } from "./key-store.js";
import { LastUses } from "./last-uses.js";

export interface Keys {
  readonly ring: KeyRing;
  readonly store: KeyStore;
  readonly uses: LastUses;
  readonly log: Log;
  close(): Promise<void>;
}

/** Resolves when all keys are known. */
export async function openKeys(bus: Bus, buckets: Pick<Buckets, "keys">, log: Log): Promise<Keys> {
  const ring = await KeyRing.open(bus, buckets);
  const store = new KeyStore(buckets.keys);
  const uses = new LastUses(store, ring, log);
  const close = async () => {
    ring.close();
    await uses.close();
  };
  return { ring, store, uses, log, close };
}
