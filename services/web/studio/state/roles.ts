/** What the caller may do, as the mesh says it. */
import { computed } from "@preact/signals";
import { catalogue } from "./catalogue.js";

/** Undefined until the mesh has told. */
export const isOperator = computed(() => catalogue.value?.limits.roles?.includes("ROLE_OPERATOR"));
