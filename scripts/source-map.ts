/**
 * Source maps of programs in one file, of the package's own lines only. Node reads the map of a
 * program at its first error and keeps it: with the lines of all packages that was 60 to 70 MiB in
 * each process.
 */
import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";

/** The fields of a source map (ECMA-426) that are written and used. */
export interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly mappings: string;
  readonly names: readonly string[];
}

/** The same map without the sources below node_modules: what they became maps to nothing. */
export function withoutPackages({ version, sources, mappings }: SourceMap): SourceMap {
  const own = new Map<number, number>();
  for (const [index, source] of sources.entries()) {
    if (!source.includes("node_modules/")) own.set(index, own.size);
  }
  let mapped = true;
  const kept = decode(mappings).map((line) => {
    const segments: SourceMapSegment[] = [];
    for (const [column, source, sourceLine, sourceColumn] of line) {
      const index = source === undefined ? undefined : own.get(source);
      if (index !== undefined) segments.push([column, index, sourceLine ?? 0, sourceColumn ?? 0]);
      // One segment says that nothing is known from here on.
      else if (mapped) segments.push([column]);
      mapped = index !== undefined;
    }
    return segments;
  });
  return {
    version,
    sources: [...own.keys()].map((index) => sources[index] ?? ""),
    mappings: encode(kept),
    names: [],
  };
}
