/**
 * What is known of the bytes of a key by its first folder. Stores use it to save requests: nothing
 * else tells them that what they remember of a key still holds when other processes write too.
 */

/** The name of a blob is its hash: whoever writes the key writes the same bytes. */
const SAME_BYTES = /^blobs\//;
/** The writer has made the key up, and writes it once. Nobody touches it. */
const WRITTEN_ONCE = /^(incoming|uploads)\//;

/** Every writer of this key writes the same bytes. */
export const hasSameBytes = (key: string) => SAME_BYTES.test(key) || isWrittenOnce(key);

/** There is one write of this key at most, ever. */
export const isWrittenOnce = (key: string) => WRITTEN_ONCE.test(key);
