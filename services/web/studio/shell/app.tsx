/** The frame of the studio: the pages, and the way between them. */
import { STRINGS } from "../strings.js";
import { type Page, route } from "./route.js";

const PAGES: readonly Page[] = ["photo", "jobs", "mesh"];

export function App() {
  const { page } = route.value;
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
        <h2>{STRINGS.shell[page]}</h2>
      </main>
    </>
  );
}
