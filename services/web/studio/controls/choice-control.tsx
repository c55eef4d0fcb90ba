/** A choice of words; the first entry is the default. */
import type { ChoiceRow } from "../../../../core/spec/parameters/row.js";
import { STRINGS } from "../strings.js";
import type { ControlProps } from "./parameter-control.js";

const { controls: TEXT } = STRINGS;

export function ChoiceControl(props: ControlProps<ChoiceRow>) {
  const { row, id, value, describedBy, isInvalid, onChange } = props;
  const { defaultValue } = row;
  const first = defaultValue === undefined ? TEXT.automatic : `${defaultValue} (${TEXT.isDefault})`;
  return (
    <select
      class="input"
      id={id}
      value={String(value ?? "")}
      aria-describedby={describedBy}
      aria-invalid={isInvalid}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
    >
      <option value="">{first}</option>
      {row.choices
        .filter((each) => each !== defaultValue || each === value)
        .map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
    </select>
  );
}
