/** What tells this mesh from others: an id in NATS that the first gateway makes. */
import { compareAndSet, type KvCells } from "../../kit/nats/kv.js";
import { isId, newId } from "../../pipeline/record/id.js";

const KEY = "mesh-id";

/** `bucket`: one whose entries stay. Throws BUS_UNAVAILABLE. */
export async function meshId(bucket: Pick<KvCells, "get" | "create" | "update">): Promise<string> {
  for (;;) {
    const entry = await bucket.get(KEY);
    const stored = entry?.operation === "PUT" ? entry.string() : "";
    if (isId(stored)) return stored;
    // Two gateways that start together agree on the id that was written first.
    await compareAndSet(bucket, KEY, newId(), entry);
  }
}
