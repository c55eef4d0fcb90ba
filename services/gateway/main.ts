/** The gateway: public API, uploads, job records, blobs and results. */

import { FileBlobStore } from "../../kit/blobs/file-store.js";
import { runMain, runService } from "../../kit/service.js";
import { loadConfig } from "./config.js";
import { ModelDirectory } from "./models.js";
import { gatewayServices } from "./rpc.js";
import { GatewayWorker } from "./worker.js";

runMain(() =>
  runService("gateway", loadConfig(), async (context) => {
    const blobs = await FileBlobStore.open(context.config.blobFolder);
    const models = new ModelDirectory(context.bus);
    const worker = new GatewayWorker(context);
    return {
      services: gatewayServices({ ...context, blobs, models }),
      slots: 0,
      running: () => 0,
      facts: { models: models.names.join(" ") },
      start: () => worker.start(),
      drain: () => worker.drain(),
      close: () => {},
    };
  }),
);
