/**
 * What is known of the bytes of a key by its first folder. Stores use it to save requests: nothing
 * else tells them that what they remember of a key still holds when other processes write too.
 */

/** The name of a blob is its hash: whoever writes the key writes the same bytes. */
const NAMED_BY_HASH = /^blobs\//;
/** The writer has made the key up, and writes it once. Nobody touches it. */
const WRITTEN_ONCE = /^(incoming|uploads)\//;
/** A caller writes it at a signed address, perhaps several times. Nobody touches it. */
const WRITTEN_BY_CALLER = /^puts\//;

/** Every writer of this key writes the same bytes. */
export const hasSameBytes = (key: string) => NAMED_BY_HASH.test(key) || WRITTEN_ONCE.test(key);

/** Nobody who writes this key needs what it writes to survive a removal that goes on meanwhile. */
export const hasOneName = (key: string) => WRITTEN_ONCE.test(key) || WRITTEN_BY_CALLER.test(key);
