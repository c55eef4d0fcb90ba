/** An address for a file in memory, for as long as the component shows it. */
import { useEffect, useMemo } from "preact/hooks";

export function useObjectUrl(file: Blob | undefined): string | undefined {
  const url = useMemo(() => file && URL.createObjectURL(file), [file]);
  useEffect(() => {
    return () => {
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [url]);
  return url;
}
