import {
  findProgram,
  type OutsideProgram,
  type ProgramSearch,
  programThatIsThere,
} from "../programs";

/** What to do if there is no crane. */
export const HOW_TO_GET =
  "install crane (brew install crane, or go install github.com/google/go-containerregistry/cmd/crane@latest, " +
  "or a release of github.com/google/go-containerregistry) and put it on PATH, or name it with --crane";

/**
 * The program that copies images.
 *
 * crane (go-containerregistry) copies whole indexes with their digests, skips layers that exist,
 * reads Docker's credentials and writes OCI layouts, and its library is the base of most
 * registries' own tools. It is a single file without a daemon, so it also works on air-gapped
 * machines. No npm package does as much: existing packages only read, or push single images.
 */
const CRANE: OutsideProgram = {
  name: "crane",
  purpose: "which moves images",
  howToGet: HOW_TO_GET,
};

/** Returns crane, or throws an Error that says how to get it. */
export const findCrane = (search?: ProgramSearch) => findProgram(CRANE, search);

/** Returns crane, or `undefined` if none was named and PATH has none. */
export const craneThatIsThere = (search?: ProgramSearch) => programThatIsThere(CRANE, search);
