/** The frame of the studio: the pages, and the way between them. */
import { ErrorsPage } from "../errors/errors-page.js";
import { JobsPage } from "../jobs/jobs-page.js";
import { STRINGS } from "../strings.js";
import { type Page, route } from "./route.js";

const PAGES: readonly Exclude<Page, "errors">[] = ["photo", "jobs", "mesh"];

export function App() {
  const { page, rest } = route.value;
  return (
    <>
      <header class="bar">
        <h1>{STRINGS.shell.title}</h1>
        <nav aria-label={STRINGS.shell.nav}>
          {PAGES.map((each) => (
            <a key={each} href={`#/${each}`} aria-current={each === page ? "page" : undefined}>
              {STRINGS.shell[each]}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {page === "jobs" && <JobsPage />}
        {page === "errors" && <ErrorsPage reason={rest[0]} />}
      </main>
    </>
  );
}
