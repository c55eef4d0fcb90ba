/** What a caller may set of the use of earlier work. */
import { CACHE_POLICIES } from "../spec.js";
import { choice, named } from "./row.js";

export const REUSE_PARAMETERS = named({
  cache_policy: choice(
    CACHE_POLICIES,
    "use",
    "whether a depth map or a whole result that was made before of the same may be taken; what is made is kept either way",
  ),
});
