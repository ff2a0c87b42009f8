import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { JsonObject } from "../../mesh/common/json";
import type { ApiServer } from "../cluster/apiServer";

/**
 * Answers injection webhooks as istiod would, as far as anybody looks: a pod gets its revision's mark,
 * and the revision's image.
 */
export interface FakeInjector {
  /** Images by revision, for pods that leave it to the injector. Others keep what they have. */
  readonly images: Map<string, string>;
  /** Of a webhook; the API server calls it and checks its certificate. */
  clientConfig(revision: string): JsonObject;
  stop(): Promise<void>;
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: {
    readonly uid: string;
    readonly object: {
      readonly metadata: { readonly annotations?: object };
      readonly spec: { readonly containers: readonly { readonly image: string }[] };
    };
  };
}

/** A JSON Patch that adds the annotation, and the map where there is none. */
function mark({ object }: Review["request"], revision: string): JsonObject[] {
  const path = "/metadata/annotations";
  const isNew = object.metadata.annotations === undefined;
  return [
    ...(isNew ? [{ op: "add", path, value: {} }] : []),
    { op: "add", path: `${path}/istio.io~1rev`, value: revision },
  ];
}

function fillImages({ object }: Review["request"], image: string | undefined): JsonObject[] {
  return object.spec.containers.flatMap((container, index) =>
    container.image === "auto" && image !== undefined
      ? [{ op: "replace", path: `/spec/containers/${index}/image`, value: image }]
      : [],
  );
}

function answer(
  { apiVersion, kind, request }: Review,
  revision: string,
  image: string | undefined,
): string {
  const operations = [...mark(request, revision), ...fillImages(request, image)];
  const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
  const response = { uid: request.uid, allowed: true, patchType: "JSONPatch", patch };
  return JSON.stringify({ apiVersion, kind, response });
}

/** Starts one with the API server's own certificate, which is for 127.0.0.1 too. */
export async function startFakeInjector(api: ApiServer): Promise<FakeInjector> {
  const file = (name: string) => readFileSync(join(api.folder, "certs", name));
  const [cert, key] = [file("apiserver.crt"), file("apiserver.key")];
  const images = new Map<string, string>();
  const server = createServer({ cert, key }, (request, response) => {
    const revision = request.url?.split("?")[0]?.split("/").at(-1) ?? "";
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Review;
      response.setHeader("content-type", "application/json");
      response.end(answer(review, revision, images.get(revision)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    images,
    clientConfig: (revision) => ({
      url: `https://127.0.0.1:${port}/inject/${revision}`,
      caBundle: cert.toString("base64"),
    }),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
