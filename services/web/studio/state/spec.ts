/** What the user has set. A field that is absent has the server's default. */
import { computed, signal } from "@preact/signals";
import type { ParameterRow, ParameterValue } from "../../../../core/spec/parameters/row.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { withField } from "../spec/spec-fields.js";
import { catalogue } from "./catalogue.js";

export const currentSpec = signal<JobSpecJson>({});

/** The preset that the spec names, or the one of a job that names none. */
export const currentPreset = computed(() => {
  const presets = catalogue.value?.presets ?? [];
  return currentSpec.value.camera?.preset || presets.find(({ isDefault }) => isDefault)?.name || "";
});

/** Undefined takes the field back to its default. */
export function setField(row: ParameterRow, value: ParameterValue | undefined): void {
  currentSpec.value = withField(currentSpec.peek(), row, value);
}

export function setPreset(name: string): void {
  const { camera } = currentSpec.peek();
  currentSpec.value = { ...currentSpec.peek(), camera: { ...camera, preset: name } };
}
