import { checkEditedCrds } from "./crdEdits";
import { checkCrds } from "./crds";
import { gateCheckOf } from "./define";

export const crds = gateCheckOf({
  id: "crds",
  title: "CRDs",
  fine: "the API server takes those of the planned version",
  gate: "too",
  needs: ["desired", "crds"],
  run: ({ desired: { objects }, crds: live }) => [
    ...checkCrds(objects, live),
    ...checkEditedCrds(objects, live),
  ],
});
