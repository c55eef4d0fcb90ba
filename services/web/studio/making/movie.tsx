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

/** One for each job: the page gives it the job's name as its key. */
export function Movie({ made: { job }, files }: MovieProps) {
  const words = STRINGS.making;
  const video = useRef<HTMLVideoElement>(null);
  const live = useRef(new AbortController());
  const [told, setTold] = useState("");
  const [isPlaying, setPlaying] = useState(false);
  const id = jobId(job);
  const { movie, pictures } = shownOf(files, canPlay);
  const finished = job.state === "JOB_STATE_SUCCEEDED" ? movie : undefined;
  const poster = pictures.find(({ artifact }) => artifact.startsWith("poster"));

  useEffect(() => {
    const { signal } = live.current;
    if (video.current && followsVideo(job)) void follow(video.current, signal);
    return () => live.current.abort();
  }, []);

  useEffect(() => {
    if (!video.current || !finished?.mediaType.startsWith("video/")) return;
    live.current.abort();
    showFinished(video.current, apiUrl(finished.source));
    setTold("");
    setPlaying(true);
  }, [finished?.source]);

  async function follow(element: HTMLVideoElement, signal: AbortSignal): Promise<void> {
    let attempts = 0;
    const onAttempt = () => {
      attempts += 1;
      setTold(attempts === 1 ? words.live : words.liveAgain);
      setPlaying(true);
    };
    const durationSeconds = Number(job.spec?.clip?.durationSeconds ?? 0) || undefined;
    const mayContinue = () => {
      const now = making.peek()?.job;
      return now !== undefined && jobId(now) === id && !hasEnded(now.state);
    };
    try {
      await playLive(element, { job: id, signal, durationSeconds, mayContinue, onAttempt });
    } catch (error) {
      if (!signal.aborted) setTold(whyNotLive(error));
    }
  }

  const isAnimation = finished?.mediaType.startsWith("image/") ?? false;
  return (
    <section class="movie" aria-label={words.video} hidden={!isPlaying && !isAnimation && !told}>
      {finished && isAnimation && <img src={apiUrl(finished.source)} alt={words.video} />}
      <video
        ref={video}
        hidden={!isPlaying}
        controls
        loop
        muted
        playsInline
        autoplay={!prefersStillness()}
        {...(poster && { poster: apiUrl(poster.source) })}
        aria-label={words.video}
        onError={() => {
          if (!finished) return;
          setTold(words.notPlayable);
          setPlaying(false);
        }}
      />
      <p class="fine" role="status">
        {told}
      </p>
    </section>
  );
}

function whyNotLive(error: unknown): string {
  const words = STRINGS.making;
  if (error instanceof ProblemError) return words.notFollowed;
  if (!(error instanceof CannotPlayLive)) return words.noLiveAtAll;
  return error.mediaType === "" ? words.noLiveAtAll : words.notLive(codecTitle(error.mediaType));
}

function canPlay(mediaType: string): boolean {
  return document.createElement("video").canPlayType(mediaType) !== "";
}

function prefersStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The same moment goes on from the finished file, in which one can seek and loop. */
function showFinished(video: HTMLVideoElement, address: string): void {
  const { currentTime, paused, readyState } = video;
  const wasShown = readyState > HTMLMediaElement.HAVE_NOTHING;
  video.src = address;
  if (!wasShown) return;
  const goOn = () => {
    video.currentTime = currentTime < video.duration ? currentTime : 0;
    if (!paused) void video.play().catch(() => {});
  };
  video.addEventListener("loadedmetadata", goOn, { once: true });
}
