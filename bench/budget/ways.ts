/** The ways on which frames get from render to encode, as a setting of the mesh. */

/** The first is the usual one on one host. */
export const WAY_NAMES = ["socket", "grpc"] as const;
export type WayName = (typeof WAY_NAMES)[number];

export interface Way {
  readonly name: WayName;
  readonly environment: Readonly<Record<string, string>>;
}

export const WAYS: readonly Way[] = WAY_NAMES.map((name) => ({
  name,
  environment: { DEPTHMESH_FRAMES_BY: name },
}));
