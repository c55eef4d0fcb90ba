/** From the button "Render" to the files on the reader's disk. */
import { useEffect } from "preact/hooks";
import { STRINGS } from "../strings.js";
import "../styles/making.css";
import { currentPhoto } from "../state/photo.js";
import { currentSpec } from "../state/spec.js";
import { CopyLines } from "./copy-lines.js";
import { downloadsOf } from "./downloads.js";
import { FileList } from "./file-list.js";
import { photoToMake } from "./job-request.js";
import { making, refusal, resumeMaking } from "./making.js";
import { Movie } from "./movie.js";
import { ProblemBox } from "./problem-box.js";
import { Progress } from "./progress.js";
import { RenderControls } from "./render-controls.js";

export function MakePanel() {
  const words = STRINGS.making;
  useEffect(() => void resumeMaking(), []);
  const photo = photoToMake(currentPhoto.value);
  const spec = currentSpec.value;
  const made = making.value;
  const files = made ? downloadsOf(made.job, made.fileName) : [];
  return (
    <section class="make-panel" aria-labelledby="making-title">
      <h2 id="making-title">{words.title}</h2>
      <RenderControls photo={photo} spec={spec} />
      {refusal.value && <ProblemBox problem={refusal.value} title={words.refused} />}
      {made && <Progress made={made} />}
      {made && <Movie key={made.job.name} made={made} files={files} />}
      {files.length > 0 && <FileList files={files} />}
      {photo && <CopyLines photo={photo} spec={spec} />}
    </section>
  );
}
