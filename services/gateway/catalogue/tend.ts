/** What a server's autovacuum does, and an embedded Postgres leaves to whoever uses it. */
import { sql } from "kysely";
import type { Db } from "./tables.js";

/** Frees the room of old rows, and counts what is in the tables so that lists are planned well. */
export async function tend(db: Db): Promise<void> {
  await sql`vacuum (analyze) depthmesh.jobs, depthmesh.job_counts, depthmesh.progress`.execute(db);
}
