import { listImages } from "../../images/list";
import { retiredImages } from "../../images/retired";
import { fromProblem } from "../findings";
import { precheckOf } from "./define";

export const retiredPlaces = precheckOf({
  id: "retired-places",
  title: "images",
  fine: "none comes from a place that Istio retires",
  needs: ["desired"],
  run: ({ desired: { objects } }) =>
    retiredImages(listImages(objects).images).map((problem) =>
      fromProblem("retired-places", "warning", "images", problem),
    ),
});
