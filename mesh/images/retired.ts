import { groupBy, someOf } from "../common/lists";
import type { Problem } from "../common/problem";
import { describeRetired, type RetiredPlace, retiredPlaceIn } from "../schema/retiredPlaces";
import type { ImageUse } from "./list";

/**
 * Returns one warning for each registry that Istio retires and from which images are pulled.
 *
 * @example
 * retiredImages([{ image: "gcr.io/istio-release/pilot:1.31.0", users: [] }])[0].fix
 * // "write docker.io/istio in place of gcr.io/istio-release"
 */
export function retiredImages(images: readonly ImageUse[]): Problem[] {
  const found = images.flatMap(({ image }): (RetiredPlace & { readonly image: string })[] => {
    const place = retiredPlaceIn(image);
    return place === undefined ? [] : [{ ...place, image }];
  });
  return [...groupBy(found, ({ place }) => place).values()].flatMap((group) => {
    const [first] = group;
    const names = someOf(group.map(({ image }) => image));
    return first === undefined
      ? []
      : [{ source: "images", path: names, ...describeRetired(first, "pulled from") }];
  });
}
