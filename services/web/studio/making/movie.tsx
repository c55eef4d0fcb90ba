/** The video of a job: played while it is made, and from its finished file after that. */
import { useEffect, useRef, useState } from "preact/hooks";
import { apiUrl, ProblemError } from "../api/http.js";
import { hasEnded } from "../api/job-events.js";
import { STRINGS } from "../strings.js";
import { type Download, shownOf } from "./downloads.js";
import { jobId } from "./job-view.js";
import { CannotPlayLive, playLive } from "./live-player.js";
import { type Making, making } from "./making.js";
import { codecTitle } from "./media-type.js";
import { followsVideo } from "./movie-plan.js";

export interface MovieProps {
  readonly made: Making;
  readonly files: readonly Download[];
}

export function Movie({ made, files }: MovieProps) {
  const words = STRINGS.making;
  const video = useRef<HTMLVideoElement>(null);
  const [told, setTold] = useState("");
  const id = jobId(made.job);
  const isDone = made.job.state === "JOB_STATE_SUCCEEDED";
  const isLive = useRef(false);

  useEffect(() => {
    const element = video.current;
    setTold("");
    if (!element || !followsVideo(made.job)) return undefined;
    const following = new AbortController();
    let attempts = 0;
    isLive.current = true;
    playLive(element, {
      job: id,
      signal: following.signal,
      durationSeconds: Number(made.job.spec?.clip?.durationSeconds ?? Number.NaN) || undefined,
      mayContinue: () => {
        const job = making.value?.job;
        return job !== undefined && jobId(job) === id && !hasEnded(job.state);
      },
      onAttempt: () => {
        attempts += 1;
        setTold(attempts === 1 ? words.live : words.liveAgain);
      },
    })
      .catch((error: unknown) => {
        if (following.signal.aborted) return;
        if (error instanceof CannotPlayLive) {
          setTold(error.mediaType ? words.notLive(codecTitle(error.mediaType)) : words.noLiveAtAll);
        } else if (error instanceof ProblemError) setTold(words.notFollowed);
      })
      .finally(() => {
        isLive.current = false;
      });
    return () => following.abort();
  }, [id]);

  const canPlay = (type: string) => document.createElement("video").canPlayType(type) !== "";
  const { movie } = shownOf(files, canPlay);
  useEffect(() => {
    const element = video.current;
    if (!isDone || !element || !movie?.mediaType.startsWith("video/")) return;
    showFinished(element, apiUrl(movie.source));
    setTold("");
  }, [isDone, movie?.source]);

  const isAnimation = isDone && movie?.mediaType.startsWith("image/");
  return (
    <section class="movie" aria-label={words.video}>
      {isAnimation ? (
        <img src={apiUrl(movie?.source ?? "")} alt={words.video} />
      ) : (
        <video
          ref={video}
          controls
          loop
          muted
          playsInline
          autoplay={!prefersStillness()}
          aria-label={words.video}
        />
      )}
      <p class="quiet" role="status">
        {told}
      </p>
    </section>
  );
}

function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The same moment goes on from the finished file, in which one can seek and loop. */
function showFinished(video: HTMLVideoElement, address: string): void {
  const { currentTime, paused, currentSrc } = video;
  const wasShown = currentSrc !== "" && video.readyState > 0;
  video.src = address;
  if (!wasShown) return;
  video.addEventListener(
    "loadedmetadata",
    () => {
      video.currentTime = currentTime < video.duration ? currentTime : 0;
      if (!paused) void video.play().catch(() => {});
    },
    { once: true },
  );
}
