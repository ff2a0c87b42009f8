import type { Problem } from "../problem";
import type { NamespaceInputs } from "./types";

/** What is wrong with the list of a mesh's namespaces as a list. */
export function checkNamespaces(namespaces: readonly NamespaceInputs[]): Problem[] {
  const names = namespaces.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            source: `namespace ${name}`,
            path: `namespaces[${index}].name`,
            value: name,
            reason: "is there twice",
            fix: "name one revision or tag for it",
          },
        ],
  );
}
