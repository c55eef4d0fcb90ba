/** The shaders of the package. */
import { readFileSync } from "node:fs";
import type { ShaderSources } from "../../../drawing/program.js";
import { packagePath } from "../../../kit/process/package-path.js";

/** Reads a file of `shaders/`. */
export const shaderFiles: ShaderSources = (file) =>
  readFileSync(packagePath("shaders", file), "utf8");
