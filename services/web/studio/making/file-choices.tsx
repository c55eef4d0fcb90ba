/** Which files a job makes, and the settings of its videos. */
import type {
  ContainerJson,
  JobSpecJson,
  OutputJson,
} from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { catalogue } from "../state/catalogue.js";
import { currentSpec } from "../state/spec.js";
import { specCheck } from "../state/spec-check.js";
import { STRINGS } from "../strings.js";
import { ARTIFACTS, specToMake, withArtifact, withContainer } from "./job-request.js";
import { offeredFormats } from "./offered-formats.js";
import { OutputSettings } from "./output-settings.js";

const { making: WORDS } = STRINGS;

export function FileChoices({ spec }: { readonly spec: JobSpecJson }) {
  const { outputs = [], artifacts = [] } = specToMake(spec);
  const { usual, more } = offeredFormats(catalogue.value?.formats, outputs);
  const isMoreChosen = more.some(({ container }) => isMade(outputs, container));
  return (
    <fieldset class="file-choices">
      <legend>{WORDS.files}</legend>
      <div class="choices">
        {usual.map((container) => (
          <Choice
            key={container}
            label={WORDS.containers[container]}
            isChosen={isMade(outputs, container)}
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
      {more.length > 0 && (
        <details class="more-formats" open={isMoreChosen}>
          <summary>{WORDS.moreFormats}</summary>
          <div class="choices">
            {more.map(({ container, title, codecs, extension }) => (
              <Choice
                key={container}
                label={WORDS.format(title, codecs, extension)}
                isChosen={isMade(outputs, container)}
                onChange={(isChosen) => set(withContainer(spec, container, isChosen))}
              />
            ))}
          </div>
          <p class="fine">{WORDS.moreCodecs}</p>
        </details>
      )}
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

function isMade(outputs: readonly OutputJson[], container: ContainerJson): boolean {
  return outputs.some((output) => output.container === container);
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
