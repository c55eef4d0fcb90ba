/** Which files a job makes, and the settings of its videos. */
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { currentSpec } from "../state/spec.js";
import { specCheck } from "../state/spec-check.js";
import { STRINGS } from "../strings.js";
import { ARTIFACTS, CONTAINERS, specToMake, withArtifact, withContainer } from "./job-request.js";
import { OutputSettings } from "./output-settings.js";

const { making: WORDS } = STRINGS;

export function FileChoices({ spec }: { readonly spec: JobSpecJson }) {
  const { outputs = [], artifacts = [] } = specToMake(spec);
  return (
    <fieldset class="file-choices">
      <legend>{WORDS.files}</legend>
      <div class="choices">
        {CONTAINERS.map((container) => (
          <Choice
            key={container}
            label={WORDS.containers[container]}
            isChosen={outputs.some((output) => output.container === container)}
            onChange={(isChosen) => set(withContainer(spec, container, isChosen))}
          />
        ))}
      </div>
      <div class="choices">
        {ARTIFACTS.map((kind) => (
          <Choice
            key={kind}
            label={WORDS.artifacts[kind]}
            isChosen={artifacts.includes(kind)}
            onChange={(isChosen) => set(withArtifact(spec, kind, isChosen))}
          />
        ))}
      </div>
      {violationsOfFiles().map((text) => (
        <p key={text} class="error" role="alert">
          {text}
        </p>
      ))}
      {outputs.map((output, index) => (
        <OutputSettings
          key={output.container}
          output={output}
          index={index}
          onChange={(changed) => set({ ...spec, outputs: outputs.with(index, changed) })}
        />
      ))}
    </fieldset>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly isChosen: boolean;
  readonly onChange: (isChosen: boolean) => void;
}

function Choice({ label, isChosen, onChange }: ChoiceProps) {
  return (
    <label>
      <input
        type="checkbox"
        checked={isChosen}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {label}
    </label>
  );
}

function set(spec: JobSpecJson): void {
  currentSpec.value = spec;
}

/** What is wrong with the lists of files; a setting of one video is told beside it. */
function violationsOfFiles(): string[] {
  const { byField } = specCheck.value.violations;
  return [...byField].flatMap(([field, text]) =>
    /^(outputs|artifacts)(\[\d+\])?$/.test(field) ? [text] : [],
  );
}
