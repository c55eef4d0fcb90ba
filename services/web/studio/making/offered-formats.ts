/** Which file formats of videos the page offers: those that the mesh can make. */
import { CODEC_NAMES, codecRow } from "../../../../core/output/codecs.js";
import { CONTAINER_NAMES, containerRow } from "../../../../core/output/containers.js";
import type { OutputFormatJson } from "../../../../proto/gen/json/depthmesh/v1/catalog_service_pb.js";
import type { ContainerJson, OutputJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { enumNameOf } from "../spec/enum-names.js";
import { CONTAINERS } from "./job-request.js";

export interface OfferedFormat {
  readonly container: ContainerJson;
  /** `QuickTime` */
  readonly title: string;
  /** Those that the mesh can encode, the default first; empty where the title says it. */
  readonly codecs: readonly string[];
  readonly extension: string;
}

export interface OfferedFormats {
  /** At first sight. */
  readonly usual: readonly (typeof CONTAINERS)[number][];
  readonly more: readonly OfferedFormat[];
}

/**
 * What was chosen stays on offer although no worker can make it now. Before the catalogue is
 * there, the usual ones are offered.
 */
export function offeredFormats(
  formats: readonly OutputFormatJson[] | undefined,
  chosen: readonly OutputJson[],
): OfferedFormats {
  const available = formats?.filter((format) => format.available) ?? [];
  const isChosen = (container: ContainerJson) =>
    chosen.some((output) => output.container === container);
  const makeable = new Set(available.map(({ container = "" }) => jsonName(container)));
  const usual = CONTAINERS.filter(
    (container) => !formats || makeable.has(container) || isChosen(container),
  );
  const others = new Set((formats ?? []).map(({ container = "" }) => container));
  const more = [...others].flatMap((word): OfferedFormat[] => {
    const container = jsonName(word);
    const isUsual = (CONTAINERS as readonly (ContainerJson | undefined)[]).includes(container);
    if (!container || isUsual || !(makeable.has(container) || isChosen(container))) return [];
    const held = available.filter((format) => format.container === word);
    const extension = formats?.find((format) => format.container === word)?.extension ?? "";
    const title = containerTitle(word);
    const isSaid = (codec: string) => title.toLowerCase().includes(codec);
    const codecs = held.flatMap(({ codec = "" }) => (isSaid(codec) ? [] : [codecTitle(codec)]));
    return [{ container, title, codecs, extension }];
  });
  return { usual, more };
}

/** The API's name of a container in JSON: `CONTAINER_PNG_ZIP` of `png-zip`. */
function jsonName(word: string): ContainerJson | undefined {
  return word === "" ? undefined : (enumNameOf("outputs.container", word) as ContainerJson);
}

/** A container of a later version is called by its own name. */
function containerTitle(word: string): string {
  const known = CONTAINER_NAMES.find((name) => name === word);
  return known ? containerRow(known).title : word;
}

/** `H.264` of `H.264 (AVC)`: its first words are enough to choose it. */
function codecTitle(word: string): string {
  const known = CODEC_NAMES.find((name) => name === word);
  return known ? codecRow(known).title.replace(/(,| \().*$/, "") : word;
}
