import type { IncomingMessage, ServerResponse } from "node:http";
import type { World } from "./world.ts";

const MANIFEST = "application/vnd.oci.image.index.v1+json";

/** Answers as an image registry for the digest of a tag (OCI distribution, "Pulling manifests"). Anonymous, as for public images. */
export function answerRegistry(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
): void {
  response.setHeader("docker-distribution-api-version", "registry/2.0");
  if (pathname === "/v2/" || pathname === "/v2")
    return void response.writeHead(200, { "content-type": "application/json" }).end("{}");
  const [, repository, reference] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(pathname) ?? [];
  const isRead = request.method === "GET" || request.method === "HEAD";
  const digest = repository && reference && isRead ? world.digestOf(repository, reference.replace(/%3A/i, ":")) : null;
  if (digest === null) {
    const body = JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] });
    return void response
      .writeHead(404, { "content-type": "application/json" })
      .end(request.method === "HEAD" ? "" : body);
  }
  const body = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, manifests: [] });
  response.writeHead(200, {
    "content-type": MANIFEST,
    "docker-content-digest": digest,
    "content-length": String(body.length),
  });
  response.end(request.method === "HEAD" ? "" : body);
}
