import type { Problem } from "../common/problem";
import { checkDataPlane } from "../managed/dataPlane";
import type { NamespaceInputs } from "../model/namespaceInputs";

function checkTwice(namespaces: readonly NamespaceInputs[]): Problem[] {
  const names = namespaces.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            source: `namespace ${name}`,
            path: `namespaces[${index}].name`,
            value: name,
            reason: "is given twice",
            fix: "name one revision or tag for it",
          },
        ],
  );
}

/** Returns what is wrong with a mesh's namespaces, apart from unknown revisions. */
export function checkNamespaces(namespaces: readonly NamespaceInputs[]): Problem[] {
  return [
    ...checkTwice(namespaces),
    ...namespaces.flatMap(({ name, revision, managedDataPlane }) =>
      checkDataPlane(managedDataPlane, [revision], "the namespace").map((finding) => ({
        source: `namespace ${name}`,
        ...finding,
      })),
    ),
  ];
}
