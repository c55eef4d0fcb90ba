/**
 * A service whose native part fails and then never closes, as a driver can hang. A test starts it.
 */
import { COMMON_SETTINGS, readSettings } from "../../kit/config.js";
import { workerPort } from "../../kit/process/ports.js";
import { runMain } from "../../kit/process/run-main.js";
import { runService } from "../../kit/process/service.js";
import { bindBuckets } from "../../pipeline/topology/mesh-state.js";

runMain(() =>
  runService(
    "hung",
    readSettings(COMMON_SETTINGS),
    bindBuckets,
    async ({ config, access, die }) => ({
      ports: workerPort(config, [], access),
      slots: 1,
      running: () => 0,
      facts: {},
      announce: () => ({ draining: () => {}, retract: async () => {} }),
      start: () => {
        setTimeout(() => die(new Error("the driver did not answer")), 100);
      },
      drain: async () => {},
      close: () => new Promise(() => {}),
    }),
  ),
);
