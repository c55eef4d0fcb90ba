/** The settings of one video: those that its container and codec take. */
import type { ContainerJson, OutputJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { ParameterControl } from "../controls/parameter-control.js";
import { fieldOf, withField } from "../spec/spec-fields.js";
import { catalogue } from "../state/catalogue.js";
import { specCheck } from "../state/spec-check.js";
import { STRINGS } from "../strings.js";
import { offeredFormats } from "./offered-formats.js";
import { outputRows } from "./output-rows.js";

export interface OutputSettingsProps {
  readonly output: OutputJson;
  /** Its place in the list of outputs. */
  readonly index: number;
  readonly onChange: (output: OutputJson) => void;
}

export function OutputSettings({ output, index, onChange }: OutputSettingsProps) {
  const words = STRINGS.making;
  const rows = outputRows(catalogue.value?.parameters ?? [], output);
  const { byField } = specCheck.value.violations;
  const violationOf = (name: string) => byField.get(`outputs[${index}].${fieldName(name)}`);
  const changed = rows.filter((row) => fieldOf(output, row, fieldName(row.name)) !== undefined);
  const isBad = rows.some(({ name }) => violationOf(name) !== undefined);
  if (rows.length === 0) return null;
  const title = titleOf(output.container ?? "CONTAINER_MP4");
  return (
    <details class="control-group" open={isBad}>
      <summary>
        <h3>{words.settingsOf(title)}</h3>
        {changed.length > 0 && <span class="chip">{words.changed(changed.length)}</span>}
      </summary>
      {rows.map((row) => (
        <ParameterControl
          key={row.name}
          row={row}
          value={fieldOf(output, row, fieldName(row.name))}
          violation={violationOf(row.name)}
          onChange={(value) => onChange(withField(output, row, value, fieldName(row.name)))}
        />
      ))}
    </details>
  );
}

/** Formats that are not at first sight are called as the catalogue calls them. */
function titleOf(container: ContainerJson): string {
  const { containers } = STRINGS.making;
  if (container in containers) return containers[container as keyof typeof containers];
  return (
    offeredFormats(catalogue.value?.formats, [{ container }]).more.find(
      (format) => format.container === container,
    )?.title ?? container
  );
}

/** `outputs.crf` is the field `crf` of an output. */
function fieldName(name: string): string {
  return name.replace(/^outputs\./, "");
}
