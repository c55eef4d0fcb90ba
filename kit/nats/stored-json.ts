/** JSON in buckets and messages, where an earlier or a later version may have put it. */
import type { ZodType } from "zod";

/** The value in `bytes`; undefined where they are no JSON, or not what the schema describes. */
export function storedJson<T>(schema: ZodType<T>, bytes: Uint8Array): T | undefined {
  try {
    return schema.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
  } catch {
    return undefined;
  }
}
