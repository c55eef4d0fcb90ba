/** Writes docs/scale.md and its charts. */
import { readFileSync, writeFileSync } from "node:fs";
import { packagePath } from "../../kit/process/package-path.js";
import { readMeasured } from "../../simulate/mesh/measured.js";
import type { Compared } from "../../simulate/report/compared.js";
import { scalePages } from "../../simulate/report/scale-page.js";
import { COMPARED_PATH, MEASURED_PATH } from "./measured-path.js";

export function writePages(): void {
  const measured = readMeasured(MEASURED_PATH);
  for (const [path, text] of scalePages({ measured, compared: readCompared() })) {
    writeFileSync(packagePath(...path.split("/")), text);
    process.stderr.write(`wrote ${path}\n`);
  }
}

export function readCompared(): readonly Compared[] {
  return JSON.parse(readFileSync(COMPARED_PATH, "utf8")) as Compared[];
}
