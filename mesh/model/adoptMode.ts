/**
 * What a stack may do with objects that already exist in the cluster and that it did not create:
 *
 * - `none`: refuse them, and name each with its owner
 * - `namespaces`: use Namespaces as they are; refuse the rest
 * - `all`: use Namespaces, and take over everything else
 */
export type AdoptMode = "none" | "namespaces" | "all";

/**
 * What a stack does with parts that a cluster has only once:
 *
 * - not set: owns parts that no stack owns, and uses parts that another stack owns
 * - `own`: also takes over parts that other stacks own
 * - `use`: never creates or changes such a part
 */
export type SharedMode = "own" | "use";
