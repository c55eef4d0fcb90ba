/** From the button "Render" to the files on the reader's disk. */
import { useRef } from "preact/hooks";
import { TroubleBox } from "../errors/trouble-box.js";
import { currentPhoto } from "../state/photo.js";
import { currentSpec } from "../state/spec.js";
import { STRINGS } from "../strings.js";
import { CopyLines } from "./copy-lines.js";
import { downloadsOf } from "./downloads.js";
import { FileList } from "./file-list.js";
import { JobProgress } from "./job-progress.js";
import { photoToMake } from "./job-request.js";
import { making, refusal } from "./making.js";
import { Movie } from "./movie.js";
import { RenderControls } from "./render-controls.js";
import "./making.css";

/** Nothing while there is neither an uploaded photo nor a job of this page. */
export function MakePanel() {
  const words = STRINGS.making;
  const shown = useRef<HTMLDivElement>(null);
  // Browsers do not play what is not in sight.
  const show = () => shown.current?.scrollIntoView({ block: "start" });
  const photo = photoToMake(currentPhoto.value);
  const spec = currentSpec.value;
  const made = making.value;
  if (!photo && !made && !refusal.value) return null;
  const files = made ? downloadsOf(made.job, made.fileName) : [];
  return (
    <section class="panel make-panel" aria-labelledby="making-title">
      <h2 id="making-title">{words.title}</h2>
      {photo && <RenderControls photo={photo} spec={spec} onStarted={show} />}
      {refusal.value && <TroubleBox trouble={refusal.value} />}
      <div class="made" ref={shown}>
        {made && <JobProgress made={made} />}
        {made && <Movie key={made.job.name} made={made} files={files} />}
      </div>
      {files.length > 0 && <FileList files={files} />}
      {photo && <CopyLines photo={photo} spec={spec} />}
    </section>
  );
}
