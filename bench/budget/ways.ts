/** The ways on which frames get from render to encode, as the setting of a mesh. */
import { KNOWN_VARIABLES } from "../../kit/known-variables.js";

export interface Way {
  readonly name: "socket" | "grpc";
  readonly environment: Readonly<Record<string, string>>;
}

const SETTING = "DEPTHMESH_FRAMES_BY";
const hasSetting = (KNOWN_VARIABLES as readonly string[]).includes(SETTING);

/** The first is the usual one on one host. */
export const WAYS: readonly Way[] = hasSetting
  ? (["socket", "grpc"] as const).map((name) => ({ name, environment: { [SETTING]: name } }))
  : [{ name: "grpc", environment: {} }];
