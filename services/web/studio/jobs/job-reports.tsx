/** How the result was made: the camera, the depth map, and what the job asks for. */
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { Facts } from "../errors/trouble-box.js";
import { numberText } from "../spec/parameter-text.js";
import { catalogue } from "../state/catalogue.js";
import { STRINGS } from "../strings.js";
import { specDifferences } from "./spec-differences.js";

type Fact = readonly [name: string, value: string];

export function JobReports({ job }: { job: JobJson }) {
  const { spec = {} } = job;
  const rows = catalogue.value?.parameters;
  return (
    <div class="reports">
      <Report title={STRINGS.job.camera} facts={cameraFacts(job)} />
      <Report title={STRINGS.job.depth} facts={depthFacts(job)} />
      {rows && <Report title={STRINGS.job.spec} facts={specDifferences(spec, rows)} isCode />}
    </div>
  );
}

function Report({ title, facts, isCode }: { title: string; facts: Fact[]; isCode?: boolean }) {
  if (facts.length === 0) return null;
  return (
    <section class={isCode ? "has-code" : ""} aria-label={title}>
      <h3>{title}</h3>
      <Facts facts={facts} />
    </section>
  );
}

function cameraFacts({ camera }: JobJson): Fact[] {
  if (!camera) return [];
  const { strength = 0, hiddenAreaPercent = 0, stretchP99 = 0, subject } = camera;
  const words = STRINGS.job;
  return [
    [words.strength, `${numberText(100 * Number(strength))} %`],
    [words.hidden, `${numberText(Number(hiddenAreaPercent))} %`],
    [words.stretch, `${numberText(Number(stretchP99))} ×`],
    ...(subject === undefined ? [] : [[words.subject, numberText(Number(subject))] as const]),
  ];
}

function depthFacts({ depth, depthModel }: JobJson): Fact[] {
  if (!depth) return [];
  const { cacheHit = false, postProcessingVersion = 0 } = depth;
  const words = STRINGS.job;
  return [
    [words.depthModel, depthModel || words.ownMap],
    [words.mapFrom, cacheHit ? words.mapCached : words.mapMade],
    [words.postProcessing, String(postProcessingVersion)],
  ];
}
