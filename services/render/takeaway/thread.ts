/** The worker thread in which takeaways are made. */
import sharp from "sharp";
import { answerRequests } from "../../../kit/process/thread-client.js";
import { normalsPng } from "./normals-png.js";
import type { TakeawayCalls } from "./takeaway-thread.js";

// No picture is encoded twice, so that libvips' cache of operations would only hold memory.
sharp.cache(false);

answerRequests<TakeawayCalls>({
  normals: normalsPng,
});
