/** The committed files that simulations read. */
import { packagePath } from "../../kit/process/package-path.js";

/** What `measure` writes. */
export const MEASURED_PATH = packagePath("simulate", "measured.json");
/** What `compare` writes. */
export const COMPARED_PATH = packagePath("simulate", "compared.json");
