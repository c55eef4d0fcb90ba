/** The files that a job has made: the video to play, the pictures, and all of them to take away. */
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { apiUrl } from "../api/http.js";
import { type Download, downloadsOf, shownOf } from "../making/downloads.js";
import { STRINGS } from "../strings.js";
import { isRunning, jobTitle, posterPath } from "./job-state.js";

export function JobFiles({ job }: { job: JobJson }) {
  const files = downloadsOf(job, jobTitle(job));
  const { movie, pictures } = shownOf(files, canPlay);
  const poster = posterPath(job);
  return (
    <section aria-labelledby="files-title">
      <h3 id="files-title">{STRINGS.job.files}</h3>
      {files.length === 0 && (
        <p class="quiet">{isRunning(job) ? STRINGS.job.noFilesYet : STRINGS.job.noFiles}</p>
      )}
      <div class="job-show">
        {movie && <Movie movie={movie} poster={poster} />}
        {pictures.map(({ artifact, fileName, source }) => (
          <a key={artifact} href={apiUrl(source)} target="_blank" rel="noreferrer">
            <img src={apiUrl(source)} alt={fileName} loading="lazy" />
          </a>
        ))}
      </div>
      <ul class="job-files">
        {files.map(({ artifact, fileName, href, facts }) => (
          <li key={artifact}>
            <a href={apiUrl(href)} download={fileName}>
              {fileName}
            </a>
            <span class="quiet">{facts}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Movie({ movie, poster }: { movie: Download; poster: string | undefined }) {
  const { fileName, mediaType, source } = movie;
  if (!mediaType.startsWith("video/")) return <img src={apiUrl(source)} alt={fileName} />;
  return (
    <video
      controls
      loop
      playsInline
      preload="metadata"
      aria-label={fileName}
      src={apiUrl(source)}
      {...(poster !== undefined && { poster: apiUrl(poster) })}
    />
  );
}

function canPlay(mediaType: string): boolean {
  return document.createElement("video").canPlayType(mediaType) !== "";
}
