/** Who may call what: the roles that each service of the gateway asks for. */
import { DepthmeshError } from "../../../core/errors.js";
import type { Identity, Role } from "../../../kit/rpc/identity.js";
import { BlobServiceService } from "../../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { WorkerServiceService } from "../../../proto/gen/depthmesh/stage/v1/worker_service.js";
import { AdminServiceService } from "../../../proto/gen/depthmesh/v1/admin_service.js";

/** A caller needs one of these roles for a service that has no row. */
export const COMMON_ROLES: readonly Role[] = ["user", "operator"];

/** Services for which that is not so, by the prefix of their methods' paths. */
export const ROLES_BY_SERVICE: ReadonlyMap<string, readonly Role[]> = new Map<
  string,
  readonly Role[]
>([
  [serviceOf(AdminServiceService.getMeshStatus.path), ["operator"]],
  [serviceOf(BlobServiceService.readBlob.path), ["worker"]],
  [serviceOf(WorkerServiceService.describe.path), ["operator", "worker"]],
]);

/** The roles of which a caller needs one for a method such as `/depthmesh.v1.JobService/GetJob`. */
export function rolesFor(path: string): readonly Role[] {
  return ROLES_BY_SERVICE.get(serviceOf(path)) ?? COMMON_ROLES;
}

/** Whether the method is of a service for everybody who uses the API. */
export function isForUsers(path: string): boolean {
  return rolesFor(path) === COMMON_ROLES;
}

/** Throws ROLE_REQUIRED. */
export function assertRole({ roles }: Identity, path: string): void {
  const needed = rolesFor(path);
  if (needed.some((role) => roles.has(role))) return;
  const role = needed.join(" or ");
  throw new DepthmeshError(
    "ROLE_REQUIRED",
    `the call needs the role ${role}; ask an operator of this mesh for a key that has it`,
    { metadata: { role, method: path } },
  );
}

function serviceOf(path: string): string {
  return path.split("/")[1] ?? "";
}
