/** Opens the real renderer of this machine, with its display, for a test or a bench. */
import { openDisplay } from "../../services/render/display.js";
import { Renderer } from "../../services/render/renderer.js";

export interface OpenRenderer {
  readonly renderer: Renderer;
  close(): Promise<void>;
}

/** A renderer or display that is lost before `close` ends the process with an uncaught error. */
export async function openRenderer(): Promise<OpenRenderer> {
  const fail = (why: Error) => {
    throw why;
  };
  const display = await openDisplay(fail);
  const renderer = await Renderer.start(fail);
  const close = async () => {
    await renderer.stop();
    display.close();
  };
  return { renderer, close };
}
