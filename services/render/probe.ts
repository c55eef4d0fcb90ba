/** Prints this machine's renderer as JSON. `depthmesh doctor` runs it in a separate process. */
import { describe, probeCapabilities } from "./capabilities.js";
import { openDisplay } from "./display.js";
import { Renderer } from "./renderer.js";

async function probe(): Promise<void> {
  const fail = (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  };
  const display = await openDisplay(fail);
  const renderer = await Renderer.start(fail);
  const capabilities = await probeCapabilities(renderer);
  const answer = { ...capabilities, summary: describe(capabilities) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  await renderer.stop();
  display.close();
}

probe().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
