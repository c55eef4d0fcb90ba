/** The database that the catalogue is in: opened, migrated and closed. */
import { Kysely } from "kysely";
import { compiledModule } from "../../../kit/process/package-path.js";
import { ThreadClient } from "../../../kit/process/thread-client.js";
import { EmbeddedFolder } from "./embedded-folder.js";
import { migrate, SCHEMA } from "./migrations.js";
import type { PgliteCalls } from "./pglite-calls.js";
import { pgliteDialect } from "./pglite-dialect.js";
import { accessOf, type ServerFiles, shownServer } from "./server-url.js";
import type { Db, Tables } from "./tables.js";

export interface CatalogueSettings extends ServerFiles {
  readonly catalogueFolder: string;
  readonly blobFolder: string;
}

export interface CatalogueDatabase {
  readonly db: Db;
  /** For logs and answers: without a password. */
  readonly place: string;
  /** Then no other process changes it, and nobody else tends it. */
  readonly isEmbedded: boolean;
  close(): Promise<void>;
  /** Keeps an embedded database that cannot be used apart. Returns where. */
  setAside(): Promise<string>;
}

/** The thread: PGlite and Kysely are loaded by the first gateway that needs them. */
const THREAD = "services/gateway/catalogue/pglite-thread.js";
const OPEN_BUDGET_MS = 60_000;
const CONNECT_TIMEOUT_MS = 4_000;
/** A list takes milliseconds: what takes longer than this holds up maintenance. */
const STATEMENT_TIMEOUT_MS = 60_000;
const POOL_SIZE = 4;
const INT8 = 20;

/** `onLost` is called when an embedded database is lost. Throws an error that says why. */
export function openDatabase(
  settings: CatalogueSettings,
  onLost: (why: Error) => void,
): Promise<CatalogueDatabase> {
  return settings.catalogueUrl === ""
    ? openEmbedded(EmbeddedFolder.defaultPath(settings), onLost)
    : openServer(settings);
}

export async function openEmbedded(
  path: string,
  onLost: (why: Error) => void,
): Promise<CatalogueDatabase> {
  const folder = await EmbeddedFolder.take(path);
  let thread: ThreadClient<PgliteCalls> | undefined;
  let isOpening = false;
  const stop = async () => {
    await thread?.stop();
    folder.release();
  };
  try {
    const data = await folder.data();
    thread = new ThreadClient<PgliteCalls>(compiledModule(THREAD), {
      ...{ name: "the embedded catalogue", onLost },
    });
    isOpening = true;
    await thread.ask("open", { folder: data }, { budgetMs: OPEN_BUDGET_MS });
    const db = new Kysely<Tables>({ dialect: pgliteDialect(thread) }).withSchema(SCHEMA);
    await migrate(db);
    return {
      ...{ db, place: folder.path, isEmbedded: true },
      close: async () => {
        await thread?.ask("close", undefined).catch(() => {});
        await stop();
      },
      setAside: async () => {
        await thread?.stop();
        const aside = await folder.setAside();
        folder.release();
        return aside;
      },
    };
  } catch (error) {
    const isThere = EmbeddedFolder.holdsData(folder.path);
    await thread?.stop();
    // Whatever is wrong with a database, the records make another.
    if (isThere && isOpening) await folder.setAside();
    folder.release();
    throw error;
  }
}

async function openServer(settings: CatalogueSettings): Promise<CatalogueDatabase> {
  const { connectionString, ssl } = accessOf(settings);
  const [{ default: pg }, { PostgresDialect }] = await Promise.all([
    import("pg"),
    import("kysely"),
  ]);
  const pool = new pg.Pool({
    ...{ connectionString, ssl, max: POOL_SIZE, application_name: "depthmesh" },
    ...{ connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true },
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    types: {
      // Counts and times are below 2^53.
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === INT8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // An idle connection that breaks: the next query opens another, or fails.
  pool.on("error", () => {});
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA);
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    ...{ db, place: shownServer(settings.catalogueUrl), isEmbedded: false },
    close: () => db.destroy(),
    setAside: () => Promise.reject(new Error("a server's database is not set aside")),
  };
}
