/** The name of a tenant in a request. */
import { DepthmeshError } from "../../../core/errors.js";
import { isTenantName } from "../../../kit/rpc/identity.js";

/** The same name. Throws PARAMETER_OUT_OF_RANGE. */
export function checkedTenant(name: string): string {
  if (isTenantName(name)) return name;
  const limit = "1 to 63 lower-case letters, digits and hyphens, the first no hyphen";
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", `a tenant's name has ${limit}`, {
    metadata: { field: "tenant", actual_characters: String([...name].length), limit },
  });
}
