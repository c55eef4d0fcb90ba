/** What the server can do, in numbers from its catalogue, and where the API is. */
import { apiUrl } from "../api/http.js";
import { catalogue } from "../state/catalogue.js";
import { STRINGS } from "../strings.js";

const { abilities: TEXT } = STRINGS;

export function Abilities() {
  const known = catalogue.value;
  const model = known?.models.find(({ isDefault }) => isDefault);
  const formats = known?.formats.filter(({ available }) => available).length;
  const facts: readonly (readonly [string | number | undefined, string])[] = [
    [known?.presets.length, TEXT.presets],
    [known?.parameters.length, TEXT.parameters],
    [formats, TEXT.formats],
    [model?.name, TEXT.model],
  ];
  return (
    <section class="abilities" aria-labelledby="abilities-heading">
      <h2 id="abilities-heading">{TEXT.heading}</h2>
      <dl>
        {facts.map(([value, label]) => (
          <div key={label} class={typeof value === "string" ? "word" : undefined}>
            <dt>{label}</dt>
            <dd>{value ?? "…"}</dd>
          </div>
        ))}
      </dl>
      <p class="fine">
        {TEXT.api} <a href={apiUrl("/openapi.json")}>{TEXT.openapi}</a>
      </p>
      <p class="fine">{TEXT.example}</p>
      <pre class="example">
        <code>{exampleCall()}</code>
      </pre>
    </section>
  );
}

function exampleCall(): string {
  return [
    `curl -F 'header={"spec":{"camera":{"preset":"orbital"}}}' \\`,
    `     -F photo=@photo.jpg ${apiUrl("/v1/jobs")}`,
  ].join("\n");
}
