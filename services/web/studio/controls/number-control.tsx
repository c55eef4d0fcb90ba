/**
 * A number: a slider for the pointer where that is of use, and a field to type into, which the
 * keyboard and screen readers have in its place.
 */
import { useSignal } from "@preact/signals";
import { checkParameter, type NumberRow } from "../../../../core/spec/parameters/row.js";
import { numberText, sliderRange } from "../spec/parameter-text.js";
import { STRINGS } from "../strings.js";
import type { ControlProps } from "./parameter-control.js";

const { controls: TEXT } = STRINGS;

export function NumberControl(props: ControlProps<NumberRow>) {
  const { row, id, value, describedBy, isInvalid, onChange, onRefusal } = props;
  const draft = useSignal<string | undefined>(undefined);
  const slider = sliderRange(row);
  const shown = (value ?? row.defaultValue) as number | undefined;
  const type = (text: string) => {
    draft.value = text;
    const refusal = refusalOf(row, text);
    if (refusal) onRefusal(refusal);
    else onChange(text.trim() === "" ? undefined : Number(text));
  };
  return (
    <div class="number-control">
      {slider && (
        <input
          type="range"
          aria-hidden="true"
          tabIndex={-1}
          min={slider.minimum}
          max={slider.maximum}
          step={slider.step}
          value={shown}
          ref={(element) => fill(element, slider.minimum, slider.maximum, shown ?? 0)}
          onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
        />
      )}
      <span class="number-field">
        <input
          class="input"
          id={id}
          type="number"
          inputMode="decimal"
          step={slider?.step ?? (row.step || "any")}
          min={row.minimum}
          max={row.maximum}
          placeholder={row.defaultValue === undefined ? TEXT.automatic : undefined}
          value={draft.value ?? (shown === undefined ? "" : numberText(shown).replace("−", "-"))}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
          onInput={({ currentTarget }) => type(currentTarget.value)}
          onBlur={() => {
            draft.value = undefined;
            onRefusal("");
          }}
        />
        {row.unit && <span class="unit">{row.unit}</span>}
      </span>
    </div>
  );
}

/** The part of the track that is filled; the style sheet cannot know the value. */
function fill(element: HTMLElement | null, minimum: number, maximum: number, value: number): void {
  element?.style.setProperty("--filled", `${((value - minimum) / (maximum - minimum)) * 100}%`);
}

function refusalOf(row: NumberRow, text: string): string | undefined {
  if (text.trim() === "") return undefined;
  try {
    checkParameter(row, Number(text));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
