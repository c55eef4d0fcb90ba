/** A flag as a switch. */
import type { FlagRow } from "../../../../core/spec/parameters/row.js";
import { STRINGS } from "../strings.js";
import type { ControlProps } from "./parameter-control.js";

const { controls: TEXT } = STRINGS;

export function FlagControl(props: ControlProps<FlagRow>) {
  const { row, id, value, describedBy, isInvalid, onChange } = props;
  const isOn = (value ?? row.defaultValue) === true;
  return (
    <span class="flag-control">
      <input
        type="checkbox"
        role="switch"
        id={id}
        checked={isOn}
        aria-checked={isOn}
        aria-describedby={describedBy}
        aria-invalid={isInvalid}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      <span aria-hidden="true">{isOn ? TEXT.on : TEXT.off}</span>
    </span>
  );
}
