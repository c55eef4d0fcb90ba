/** The catalogue of a gateway, as its settings say. Nothing is opened yet. */
import type { PipelineContext } from "../../../pipeline/topology/mesh-state.js";
import type { GatewayConfig } from "../config.js";
import { Catalogue } from "./catalogue.js";
import { EmbeddedFolder } from "./embedded-folder.js";

export function catalogueOf({ store, log, config }: PipelineContext<GatewayConfig>): Catalogue {
  const isServer = config.catalogueUrl !== "";
  return new Catalogue({
    ...{ store, log, markAgeMs: config.sweepMs },
    isThere: isServer || EmbeddedFolder.holdsData(EmbeddedFolder.defaultPath(config)),
    open: async (onLost) => {
      // Its libraries are loaded by a gateway that needs them, because that takes a while.
      const { openDatabase } = await import("./database.js");
      return openDatabase(config, onLost);
    },
  });
}
