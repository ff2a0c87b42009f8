import { foreignEntriesBefore } from "../foreignEntries";
import { gateCheckOf } from "./define";

export const foreignEntriesLeft = gateCheckOf({
  id: "foreign-entries",
  title: "workloads of the mesh",
  fine: "have no entries of others in their lists",
  gate: "too",
  needs: ["desired", "existing"],
  run: ({ desired: { objects }, existing }) => foreignEntriesBefore(existing, objects),
});
