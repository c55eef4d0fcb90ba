/** Why the API refused something: the message, its reason, and each field that is wrong. */
import type { Problem } from "../api/http.js";
import { STRINGS } from "../strings.js";

export interface ProblemBoxProps {
  readonly problem: Problem;
  readonly title?: string;
}

export function ProblemBox({ problem, title }: ProblemBoxProps) {
  const { detail, reason, violations = [] } = problem;
  return (
    <div class="problem" role="alert">
      {title && <strong>{title}</strong>}
      <p>{detail}</p>
      {violations.length > 0 && (
        <ul>
          {violations.map(({ field, description }) => (
            <li key={`${field} ${description}`}>
              <code>{field}</code> {description}
            </li>
          ))}
        </ul>
      )}
      {reason && <p class="quiet">{STRINGS.making.reason(reason)}</p>}
    </div>
  );
}
