/** Returns the version of this package. */
export function packageVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return (require(path) as { version: string }).version;
    } catch {
      // One of the two paths exists: from the sources, or from the build.
    }
  }
  return "unknown";
}
