/** `npm run golden`: takes what is drawn now as what is to be drawn. */
import { drawnHashes, storeHashes } from "./stored.js";

storeHashes(await drawnHashes());
