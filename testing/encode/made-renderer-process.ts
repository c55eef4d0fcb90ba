/**
 * A made renderer as a process of its own, to be killed. The argument is how many frames it draws
 * before it hangs; it prints its address.
 */
import { SMALL } from "./i420-frames.js";
import { startMadeRenderer } from "./made-renderer.js";

const { server } = await startMadeRenderer(SMALL, { drawn: Number(process.argv[2]) });
process.stdout.write(`${server.address}\n`);
