/**
 * The mark of a mesh in a store that other meshes may reach too: an object `mesh/{id}`. A mesh
 * removes what its own records do not refer to, so two must not have one place.
 */
import { DepthmeshError } from "../../core/errors.js";
import type { ObjectStore } from "./object-store.js";

const MARKS = "mesh/";

/**
 * Throws PARAMETER_CONFLICT if another mesh has marked the place, naming the setting. Of two meshes
 * that begin together at least one finds the other: each marks before it looks.
 */
export async function markStore(
  objects: Pick<ObjectStore, "put" | "list" | "remove">,
  mesh: string,
): Promise<void> {
  const own = MARKS + mesh;
  const { isMarked, other } = await look(objects, own);
  if (other !== undefined) throw belongsTo(other);
  if (isMarked) return;
  await objects.put(own, [Buffer.from(mesh)]);
  const after = await look(objects, own);
  if (after.other === undefined) return;
  await objects.remove(own);
  throw belongsTo(after.other);
}

async function look(objects: Pick<ObjectStore, "list">, own: string) {
  const keys: string[] = [];
  for await (const { key } of objects.list(MARKS)) keys.push(key);
  return { isMarked: keys.includes(own), other: keys.find((key) => key !== own) };
}

function belongsTo(mark: string): DepthmeshError {
  const words =
    "the place that DEPTHMESH_S3_BUCKET and DEPTHMESH_S3_PREFIX name belongs to another mesh, whose files this one would remove: choose another DEPTHMESH_S3_PREFIX, or remove the objects below";
  return new DepthmeshError("PARAMETER_CONFLICT", `${words} ${mark}/ if that mesh is no more`, {
    metadata: { setting: "prefix" },
  });
}
