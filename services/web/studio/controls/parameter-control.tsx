/** A parameter of the catalogue: its name, its value, what it means, and the way back. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import {
  type ParameterRow,
  type ParameterValue,
  rangeText,
} from "../../../../core/spec/parameters/row.js";
import { defaultText, labelOf } from "../spec/parameter-text.js";
import { STRINGS } from "../strings.js";
import { ChoiceControl } from "./choice-control.js";
import { explains } from "./explain.js";
import { FlagControl } from "./flag-control.js";
import { NumberControl } from "./number-control.js";

const { controls: TEXT } = STRINGS;

export interface ParameterProps {
  readonly row: ParameterRow;
  /** Undefined where the field is not set. */
  readonly value: ParameterValue | undefined;
  readonly onChange: (value: ParameterValue | undefined) => void;
  /** What the server says about this field. */
  readonly violation?: string | undefined;
}

/** What each kind of control gets. */
export interface ControlProps<R extends ParameterRow> {
  readonly row: R;
  readonly id: string;
  readonly value: ParameterValue | undefined;
  readonly describedBy: string;
  readonly isInvalid: boolean;
  readonly onChange: (value: ParameterValue | undefined) => void;
  /** What is wrong with a value that was typed and not taken. */
  readonly onRefusal: (text: string) => void;
}

export function ParameterControl(props: ParameterProps) {
  const { row, value, onChange, violation } = props;
  const label = labelOf(row.name);
  const id = useId();
  const refusal = useSignal("");
  const error = refusal.value || violation;
  const isSet = value !== undefined;
  const common = {
    id,
    value,
    describedBy: `${id}-about${error ? ` ${id}-error` : ""}`,
    isInvalid: Boolean(error),
    onChange: (next: ParameterValue | undefined) => {
      refusal.value = "";
      onChange(next);
    },
    onRefusal: (text: string) => {
      refusal.value = text;
    },
  };
  return (
    <div class={`parameter ${row.kind}${isSet ? " set" : ""}`} data-parameter={row.name}>
      <div class="parameter-head">
        <label for={id}>{label}</label>
        {isSet && (
          <button
            type="button"
            class="button plain reset"
            aria-label={`${TEXT.reset}: ${label}`}
            title={`${TEXT.reset}: ${defaultText(row, TEXT.automatic)}`}
            onClick={() => common.onChange(undefined)}
          >
            ↺
          </button>
        )}
      </div>
      {controlOf(props, common)}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      <p class={explains.value ? "about" : "unseen"} id={`${id}-about`}>
        <About row={row} />
      </p>
    </div>
  );
}

function controlOf(
  { row }: ParameterProps,
  common: Omit<ControlProps<ParameterRow>, "row">,
): ComponentChildren {
  switch (row.kind) {
    case "number":
      return <NumberControl row={row} {...common} />;
    case "flag":
      return <FlagControl row={row} {...common} />;
    case "choice":
      return <ChoiceControl row={row} {...common} />;
  }
}

function About({ row }: { row: ParameterRow }) {
  const range = row.kind === "number" ? rangeText(row) : undefined;
  return (
    <>
      {row.meaning}.{range && ` ${TEXT.range}: ${range}.`}
      {` ${TEXT.standard}: ${defaultText(row, TEXT.automatic)}.`}
      {row.kind === "number" && row.animatable && ` ${TEXT.animatable}`} <code>{row.name}</code>
    </>
  );
}
