/**
 * What a stack may do with objects that are in the cluster before it, and that it did not make:
 *
 * - `none`: refuse them, by name and with who installed them
 * - `namespaces`: use Namespaces as they are; refuse the rest
 * - `all`: use Namespaces, and take over everything else
 */
export type AdoptMode = "none" | "namespaces" | "all";

export const ADOPT_MODES: readonly AdoptMode[] = ["none", "namespaces", "all"];
