/** What the mesh can make, for everybody: depth models, formats and encoders. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { sizeText } from "../../../../core/quantity-text.js";
import type {
  EncoderJson,
  ListEncodersResponseJson,
} from "../../../../proto/gen/json/depthmesh/v1/catalog_service_pb.js";
import type { ModelJson } from "../../../../proto/gen/json/depthmesh/v1/model_pb.js";
import { callJson } from "../api/http.js";
import { numberText } from "../spec/parameter-text.js";
import { catalogue } from "../state/catalogue.js";
import { STRINGS } from "../strings.js";
import { TableFrame } from "../widgets/table-frame.js";
import { containerRows } from "./formats.js";

export function AbilitiesSection() {
  const words = STRINGS.mesh;
  const { models = [], formats = [] } = catalogue.value ?? {};
  const encoders = useSignal<readonly EncoderJson[]>([]);
  useEffect(() => {
    const asking = new AbortController();
    callJson<ListEncodersResponseJson>("/v1/encoders", { signal: asking.signal }).then(
      (answer) => {
        encoders.value = answer.encoders ?? [];
      },
      // The catalogue tells what is wrong, and what it has is shown.
      () => {},
    );
    return () => asking.abort();
  }, []);
  return (
    <section aria-labelledby="abilities-title">
      <h3 id="abilities-title">{words.abilities}</h3>
      {!catalogue.value && <p class="quiet">{words.loading}</p>}
      {models.length > 0 && <ModelTable models={models} />}
      {formats.length > 0 && (
        <Table caption={words.formats} columns={[words.container, words.codecs]}>
          {containerRows(formats).map(({ container, codecs }) => (
            <tr key={container}>
              <th scope="row">{container}</th>
              <td>
                {codecs
                  .map(({ codec, isAvailable }) =>
                    isAvailable ? codec : words.codecMissing(codec),
                  )
                  .join(", ")}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {encoders.value.length > 0 && <EncoderTable encoders={encoders.value} />}
    </section>
  );
}

function ModelTable({ models }: { models: readonly ModelJson[] }) {
  const words = STRINGS.mesh;
  return (
    <Table caption={words.models} columns={[words.model, words.state, words.licence, words.size]}>
      {models.map((model) => {
        const { name = "", title, state = "", licence, installedBytes, installCommand } = model;
        const bytes = Number(installedBytes ?? 0);
        return (
          <tr key={name}>
            <th scope="row">
              {title} <span class="quiet">{name}</span>
            </th>
            <td class={state === "MODEL_STATE_AVAILABLE" ? "is-good" : ""}>
              {words.modelState[state] ?? state}
              {model.isDefault && `, ${words.isDefault}`}
              {installCommand && <code class="install">{installCommand}</code>}
            </td>
            <td>
              {licence}
              {!model.commercialUse && `, ${words.nonCommercial}`}
            </td>
            <td>{bytes > 0 ? sizeText(bytes) : ""}</td>
          </tr>
        );
      })}
    </Table>
  );
}

function EncoderTable({ encoders }: { encoders: readonly EncoderJson[] }) {
  const words = STRINGS.mesh;
  const columns = [words.encoder, words.codec, words.hardware, words.state, words.speed];
  return (
    <Table caption={words.encoders} columns={columns}>
      {encoders.map(({ name, codec, hardware, worker, works, failure, framesPerSecond }) => (
        <tr key={`${worker} ${name}`}>
          <th scope="row">{name}</th>
          <td>{codec}</td>
          <td>{hardware || words.software}</td>
          <td class={works ? "is-good" : ""}>{works ? words.works : failure}</td>
          <td>{works ? numberText(Math.round(Number(framesPerSecond ?? 0))) : ""}</td>
        </tr>
      ))}
    </Table>
  );
}

interface TableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly children: ComponentChildren;
}

function Table({ caption, columns, children }: TableProps) {
  return (
    <TableFrame label={caption}>
      <table class="table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </TableFrame>
  );
}
