/** Jobs that workers gave up: why, after how many attempts, and what an operator can do. */
import type { DeadLetterJson } from "../../../../proto/gen/json/depthmesh/v1/admin_service_pb.js";
import { troubleOfStatus } from "../errors/trouble.js";
import { jobId } from "../jobs/job-state.js";
import { StateBadge } from "../jobs/state-badge.js";
import { STRINGS } from "../strings.js";
import type { Question } from "../widgets/confirm-dialog.js";
import { nowMs } from "../widgets/now.js";
import { agoText, dateText } from "../widgets/times.js";
import { stageWord, workerId } from "./mesh-status.js";
import { busy, discard, letters, moreLetters, redrive, showMoreLetters } from "./mesh-store.js";

type Ask = (question: Question) => void;

export function DeadLetters({ ask }: { ask: Ask }) {
  const words = STRINGS.mesh;
  const shown = letters.value;
  if (!shown) return null;
  return (
    <section aria-labelledby="letters-title">
      <h3 id="letters-title">{words.letters}</h3>
      {shown.length === 0 ? (
        <p class="quiet">{words.noLetters}</p>
      ) : (
        <p class="quiet">{words.lettersHint}</p>
      )}
      <ul class="letters">
        {shown.map((letter) => (
          <Letter key={letter.name} letter={letter} ask={ask} />
        ))}
      </ul>
      {moreLetters.value !== "" && (
        <button
          type="button"
          class="button"
          disabled={busy.value.has("letters")}
          onClick={() => void showMoreLetters()}
        >
          {words.moreLetters}
        </button>
      )}
      {shown.length > 0 && (
        <p class="quiet">{words.lettersCount(shown.length, moreLetters.value === "")}</p>
      )}
    </section>
  );
}

function Letter({ letter, ask }: { letter: DeadLetterJson; ask: Ask }) {
  const words = STRINGS.mesh;
  const { name = "", job = "", state, stage, error = {}, worker = "", time } = letter;
  const { attempts = 0, crashes = 0, retriedAs = [] } = letter;
  const id = jobId(job);
  const { reason, message } = troubleOfStatus(error);
  const ago = agoText(time, nowMs.value, STRINGS.jobs.now);
  const isBusy = busy.value.has(name);
  const confirm = () =>
    ask({
      ...words.confirmDiscard,
      title: words.confirmDiscard.title(id),
      act: () => void discard(letter),
    });
  return (
    <li class="letter">
      <p class="letter-head">
        <a href={`#/jobs/${id}`}>{id}</a>
        <StateBadge state={state} />
        <span>{words.gaveUp(stageWord(stage), workerId(worker))}</span>
        <span class="quiet">{words.attempts(attempts, crashes)}</span>
        <time class="quiet" dateTime={time} title={dateText(time)}>
          {ago === STRINGS.jobs.now ? ago : STRINGS.jobs.ago(ago)}
        </time>
      </p>
      <p>
        {reason !== "" && (
          <a href={`#/errors/${reason}`}>
            <code>{reason}</code>
          </a>
        )}{" "}
        {message}
      </p>
      {retriedAs.length > 0 && (
        <p class="quiet">
          {words.retriedAs}{" "}
          {retriedAs.map((each) => (
            <a key={each} href={`#/jobs/${jobId(each)}`}>
              {jobId(each)}{" "}
            </a>
          ))}
        </p>
      )}
      <div class="buttons">
        <button
          type="button"
          class="button small"
          aria-label={words.redriveOf(id)}
          disabled={isBusy}
          onClick={() => void redrive(letter)}
        >
          {words.redrive}
        </button>
        <button
          type="button"
          class="button small danger"
          aria-label={words.discardOf(id)}
          disabled={isBusy}
          onClick={confirm}
        >
          {words.discard}
        </button>
      </div>
    </li>
  );
}
