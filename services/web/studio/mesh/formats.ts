/** The formats of the catalogue by container. */
import type { OutputFormatJson } from "../../../../proto/gen/json/depthmesh/v1/catalog_service_pb.js";

export interface ContainerRow {
  readonly container: string;
  readonly codecs: readonly { readonly codec: string; readonly isAvailable: boolean }[];
}

/** In the order of the catalogue; the first codec of a container is its default. */
export function containerRows(formats: readonly OutputFormatJson[]): ContainerRow[] {
  const rows = new Map<string, { codec: string; isAvailable: boolean }[]>();
  for (const { container = "", codec = "", available = false } of formats) {
    const codecs = rows.get(container) ?? [];
    codecs.push({ codec, isAvailable: available });
    rows.set(container, codecs);
  }
  return [...rows].map(([container, codecs]) => ({ container, codecs }));
}
