import { isProgram, type ProgramSearch, programOnPath } from "../programs";

/** What to do if there is no crane. */
export const HOW_TO_GET =
  "install crane (brew install crane, or go install github.com/google/go-containerregistry/cmd/crane@latest, " +
  "or a release of github.com/google/go-containerregistry) and put it on PATH, or name it with --crane";

/**
 * Returns the `crane` program that copies images: the named one, or else the one on PATH.
 *
 * crane (go-containerregistry) copies whole indexes with their digests, skips layers that exist,
 * reads Docker's credentials and writes OCI layouts, and its library is the base of most
 * registries' own tools. It is a single file without a daemon, so it also works on air-gapped
 * machines. No npm package does as much: existing packages only read, or push single images.
 *
 * @throws Error if there is no crane, with how to get it
 */
export function findCrane(search: ProgramSearch = {}): string {
  const found = craneThatIsThere(search);
  if (found === undefined) {
    throw new Error(`crane, which moves images, is not on PATH; fix: ${HOW_TO_GET}`);
  }
  return found;
}

/**
 * Finds crane in the same way, but returns `undefined` if none was named and PATH has none.
 *
 * @throws Error if the named one is not a program
 */
export function craneThatIsThere({
  named,
  env = process.env,
}: ProgramSearch = {}): string | undefined {
  if (named !== undefined && !isProgram(named)) {
    throw new Error(`--crane: ${named} is no program; fix: ${HOW_TO_GET}`);
  }
  return named ?? programOnPath("crane", env);
}
