/** All entries of a bucket: every key's newest revision, removals among them. */
import type { JetStreamManager, KV, KvEntry } from "nats";

const IN_FLIGHT = 16;

/**
 * Calls `visit` for every key that is there at the call and not removed without a trace meanwhile, in no order. Key by key: a watch
 * over the bucket ends after as many entries as there were, so that a key which is rewritten meanwhile can be overtaken and lack, and it
 * has them all in memory at once. Throws BUS_UNAVAILABLE unless all were read.
 */
export async function readBucket(
  manager: JetStreamManager,
  bucket: KV,
  visit: (entry: KvEntry) => void,
): Promise<void> {
  const keys = (await bucketKeys(manager, bucket)).values();
  const readOn = async () => {
    for (const key of keys) {
      const entry = await bucket.get(key);
      if (entry) visit(entry);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, readOn));
}

/** Every key, removed ones among them. A watch for them (`keys()`) can overlook what is written meanwhile, as above. */
export async function bucketKeys(manager: JetStreamManager, bucket: KV): Promise<string[]> {
  const { bucket: name, streamInfo } = await bucket.status();
  const prefix = `$KV.${name}.`;
  const filter = { subjects_filter: `${prefix}>` };
  const { state } = await manager.streams.info(streamInfo.config.name, filter);
  return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
}
