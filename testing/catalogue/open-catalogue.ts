/** Catalogues for tests: embedded in a temporary folder, or on a Postgres. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Log } from "../../kit/log.js";
import type { JobStore } from "../../pipeline/record/store.js";
import { Catalogue } from "../../services/gateway/catalogue/catalogue.js";
import { type CatalogueSettings, openDatabase } from "../../services/gateway/catalogue/database.js";

/** Settings of a catalogue. */
export interface CataloguePlace {
  readonly settings: CatalogueSettings;
  remove(): Promise<void>;
}

const FILES = { catalogueCa: "", catalogueCert: "", catalogueKey: "" };

export async function embeddedPlace(): Promise<CataloguePlace> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-catalogue-"));
  return {
    settings: { ...FILES, catalogueUrl: "", catalogueFolder: join(folder, "c"), blobFolder: "" },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export function serverPlace(catalogueUrl: string): CataloguePlace {
  return {
    settings: { ...FILES, catalogueUrl, catalogueFolder: "", blobFolder: "" },
    remove: async () => {},
  };
}

export interface MadeCatalogue {
  readonly isThere?: boolean;
  readonly markAgeMs?: number;
  readonly log?: Log;
}

/** A catalogue that is not running yet. */
export function madeCatalogue(
  place: Pick<CataloguePlace, "settings">,
  store: Pick<JobStore, "changesAfter" | "position" | "ids" | "read">,
  { isThere = true, markAgeMs = 300_000, log = pino({ level: "silent" }) }: MadeCatalogue = {},
): Catalogue {
  const open = (onLost: (why: Error) => void) => openDatabase(place.settings, onLost);
  return new Catalogue({ store, log, open, isThere, markAgeMs });
}
