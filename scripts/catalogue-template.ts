/**
 * Makes the empty database that embedded catalogues begin as, into dist/. In a process of its own,
 * because making one takes most of a GB of memory.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { packTemplate, TEMPLATE_FILE } from "../services/gateway/catalogue/embedded-template.js";

const folder = await mkdtemp(join(tmpdir(), "depthmesh-catalogue-"));
try {
  const data = join(folder, "data");
  // Segments of the log of 1 MB: a database of few MB needs no more.
  const initDbStartParams = ["--wal-segsize=1", "--encoding=UTF8", "--locale=C"];
  const db = await PGlite.create({ dataDir: data, initDbStartParams });
  await db.exec("checkpoint");
  await db.close();
  await packTemplate(data, TEMPLATE_FILE);
} finally {
  await rm(folder, { recursive: true, force: true });
}
