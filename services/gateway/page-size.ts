/** How many entries a list answers with at once. */
import { DepthmeshError } from "../../core/errors.js";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/** 0 is the default. Throws PARAMETER_OUT_OF_RANGE. */
export function pageSizeOf({ pageSize }: { readonly pageSize: number }): number {
  if (pageSize >= 0 && pageSize <= MAX_PAGE_SIZE) return pageSize || DEFAULT_PAGE_SIZE;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", `page_size is 0 to ${MAX_PAGE_SIZE}`, {
    metadata: {
      field: "page_size",
      actual: String(pageSize),
      limit_maximum: String(MAX_PAGE_SIZE),
    },
  });
}
