import { MINORS } from "../../mesh/model/minors";
import { NEWEST } from "../../toolchain/versions";

/** The names of the CRDs of the newest version, sorted. */
export const ISTIO_CRDS: readonly string[] = Object.keys(MINORS.facts(NEWEST).apis).sort();

/** How many objects the stack `dev` has. What the version changes is the CRDs. */
export const DEV_OBJECTS = 33 + ISTIO_CRDS.length;
