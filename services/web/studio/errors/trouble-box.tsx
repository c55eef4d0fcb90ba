/** An error in words: what is wrong, why, and what to do. */
import { STRINGS } from "../strings.js";
import { adviceFor, isReason, type Trouble } from "./trouble.js";
import "./errors.css";

/** `onAgain` is offered where the same call may succeed. */
export function TroubleBox({ trouble, onAgain }: { trouble: Trouble; onAgain?: () => void }) {
  const { reason, message, facts, violations } = trouble;
  const advice = adviceFor(reason);
  return (
    <div class="trouble" role="alert">
      <p class="trouble-message">
        {reason !== "" && <code>{reason}</code>} {message}
      </p>
      {violations.length > 0 && (
        <ul>
          {violations.map(({ field, description }) => (
            <li key={`${field} ${description}`}>
              <code>{field}</code> {description}
            </li>
          ))}
        </ul>
      )}
      {facts.length > 0 && <Facts facts={inWords(facts)} />}
      {advice !== undefined && (
        <p>
          {STRINGS.errors.whatToDo} {advice}.{" "}
          {isReason(reason) && <a href={`#/errors/${reason}`}>{STRINGS.errors.more}</a>}
        </p>
      )}
      {onAgain && (
        <button type="button" class="button" onClick={onAgain}>
          {STRINGS.errors.again}
        </button>
      )}
    </div>
  );
}

/** The keys of metadata, such as `limit_bytes`, as people read them. */
export function inWords(facts: Trouble["facts"]): Trouble["facts"] {
  return facts.map(([key, value]) => [key.replaceAll("_", " "), value]);
}

/** Names and values in two columns. */
export function Facts({ facts }: { facts: Trouble["facts"] }) {
  return (
    <dl class="facts">
      {facts.map(([key, value]) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
