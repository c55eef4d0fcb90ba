/**
 * The thread of the embedded Postgres: PGlite, which is Postgres as WebAssembly. A statement blocks
 * the thread that runs it, so it has one of its own.
 */
import { PGlite } from "@electric-sql/pglite";
import { answerRequests } from "../../../kit/process/thread-client.js";
import type { PgliteCalls, QueryFailure, QueryResult } from "./pglite-calls.js";

/** Its caches: the files are small, and the system caches them too. */
const MEMORY = ["shared_buffers=16MB", "max_wal_size=32MB", "min_wal_size=2MB", "jit=off"];
const INT8 = 20;

let db: PGlite | undefined;

answerRequests<PgliteCalls>({
  open: async ({ folder }) => {
    db = await PGlite.create({
      dataDir: folder,
      parsers: { [INT8]: Number },
      startParams: [...PGlite.defaultStartParams, ...MEMORY.flatMap((setting) => ["-c", setting])],
    });
  },
  query: async ({ sql, parameters }) => {
    if (!db) throw new Error("the catalogue is not open");
    try {
      const { rows, affectedRows = 0 } = await db.query(sql, [...parameters]);
      return { rows, affectedRows } satisfies QueryResult;
    } catch (error) {
      const { code, message } = error as Partial<QueryFailure>;
      // Anything but Postgres's own refusals has broken the program.
      if (typeof code !== "string") throw error;
      return { code, message: String(message) } satisfies QueryFailure;
    }
  },
  close: async () => {
    await db?.close();
    db = undefined;
  },
});
