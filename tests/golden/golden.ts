/** `npm run golden`: stores the hashes of the frames as they are drawn now. */
import { drawnHashes, storeHashes } from "./stored.js";

storeHashes(await drawnHashes());
