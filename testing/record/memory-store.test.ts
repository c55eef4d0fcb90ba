/** The store in memory passes the conformance suite. */
import { jobStoreConformance } from "./job-store-conformance.js";
import { MemoryJobStore } from "./memory-store.js";

const store = new MemoryJobStore();
jobStoreConformance("memory", () => store);
