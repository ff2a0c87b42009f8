import type { ImageAnswer, ImageAnswers } from "../../../mesh/checks/precheck/images";
import { isObject, type JsonObject } from "../../../mesh/common/json";
import { imagePlatforms, platformName } from "../../../mesh/images/platforms";
import {
  formatReference,
  type ImageReference,
  repositoryOf,
} from "../../../mesh/k8s/imageReference";
import { CraneFailure, type RegistryReader } from "../../images/crane";
import { mapConcurrently } from "../../images/transfer";

/** How many calls run at the same time. */
const JOBS = 4;

/** How long a registry may take to answer one question. It is short because a person waits. */
export const ANSWER_MS = 15_000;

function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

async function platformsOf(registry: RegistryReader, image: string): Promise<readonly string[]> {
  const found = imagePlatforms(parsed(await registry.manifest(image)));
  if (found.kind === "several") {
    return found.platforms;
  }
  const platform = platformName(parsed(await registry.config(image)));
  return platform === undefined ? [] : [platform];
}

/** Returns the tags beside one that does not exist. Empty if the registry lists none. */
async function tagsNear(registry: RegistryReader, image: ImageReference): Promise<string[]> {
  try {
    return await registry.tags(repositoryOf(image));
  } catch (error) {
    if (error instanceof CraneFailure) {
      return [];
    }
    throw error;
  }
}

async function ask(registry: RegistryReader, image: ImageReference): Promise<ImageAnswer> {
  try {
    const platforms = await platformsOf(registry, formatReference(image));
    return { kind: "there", ...(platforms.length > 0 && { platforms }) };
  } catch (error) {
    if (!(error instanceof CraneFailure)) {
      throw error;
    }
    const { failure } = error;
    const tags = failure.kind === "missing" ? await tagsNear(registry, image) : [];
    return { kind: "failed", failure, tags };
  }
}

/** Asks registries whether they have images, and for what platforms. Nothing is pulled. */
export async function askRegistries(
  registry: RegistryReader,
  images: readonly ImageReference[],
): Promise<ImageAnswers> {
  const answers = await mapConcurrently(images, JOBS, async (image) => {
    return [formatReference(image), await ask(registry, image)] as const;
  });
  return new Map(answers);
}
