/** A renderer that lives at an address which leads nowhere from where the encoders are. */
import { DepthmeshError } from "../../core/errors.js";

/** The fact of an encode worker: addresses with spaces between, as Describe tells it. */
export const UNREACHABLE_RENDERERS = "unreachable_renderers";

const SETTING = "DEPTHMESH_ADVERTISE_HOST";

/** Blames the address (host:port), and names the setting of the render worker that chose it. */
export function rendererUnreachable(address: string, cause?: unknown): DepthmeshError {
  return new DepthmeshError(
    "RENDERER_UNREACHABLE",
    `no connection to the render worker at ${address}: ${SETTING} of that worker must name an address that the encode workers reach, and no firewall may stand between`,
    { metadata: { address, setting: SETTING }, cause },
  );
}
