import { createHash } from "node:crypto";
import { z } from "zod";
import { AppError } from "../../../errors/app-error.ts";
import { readText } from "../../host-client.ts";
import type { FlyMachine } from "../api/schemas.ts";
import { stripScheme } from "../api/token.ts";
import { extractRepository } from "./machine-config.ts";

/** Fly's registry takes Fly's token as a password. Every app of an organization may pull the images of the others. */
const FLY_REGISTRY = "registry.fly.io";
const TIMEOUT_MS = 15_000;
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_TOKEN_BYTES = 64 * 1024;

/** Media types of an image index and of an image, in both dialects (OCI distribution specification, "Pulling manifests"). */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** A short name of Docker Hub, as Fly's examples use them. */
const SHORT_NAME =
  /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)?(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

export interface ImageReference {
  registry: string;
  repository: string;
  tag: string | null;
  digest: string | null;
}

/** Parses a full reference: HOST/NAME, then `:TAG`, `@sha256:…` or both. Returns null for any other text. */
export function parseImage(text: string): ImageReference | null {
  const match =
    /^(?<registry>[a-z0-9.-]+(?::\d{1,5})?)\/(?<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/.exec(
      text.trim(),
    );
  const { registry, repository, tag, digest } = match?.groups ?? {};
  if (!registry || !repository || text.length > 500) return null;
  // Without a dot, a port or localhost the first part is a path on the default registry.
  if (!/[.:]/.test(registry) && registry !== "localhost") return null;
  return { registry, repository, tag: tag ?? null, digest: digest ?? null };
}

export interface ImageCheck {
  /** Null when the registry did not answer us: Fly may be able to pull the image all the same. */
  ok: boolean | null;
  /** A sentence for the person. */
  message: string;
  /** The reference by digest where the registry answered, else null. */
  image: string | null;
}

/** Asks the registry whether it has the image, even where the reference has a digest already. For the set-up page. */
export async function checkImage({ image, token }: { image: string | null; token: string }): Promise<ImageCheck> {
  if (image === null || image === "") return { ok: false, message: "No image is set yet.", image: null };
  try {
    const pinned = await resolveDigest(requireReference(image), token);
    return { ok: true, message: `${requireReference(image).registry} has it.`, image: pinned };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return { ok: isRefused(thrown) ? false : null, message: thrown.message, image: null };
  }
}

/**
 * Resolves a reference's tag to its current digest, so that a machine never changes by itself. Returns a reference unchanged when
 * it has a digest, or when its registry answers only Fly. `resolveMachineImage` then has the digest once the machine exists.
 *
 * @throws AppError `image_not_found` when the registry does not have the image
 */
export async function pinImage(image: string, token: string): Promise<string> {
  const given = image.trim();
  if (parseImage(given) === null && SHORT_NAME.test(given)) return given;
  const parsed = requireReference(given);
  if (parsed.digest !== null) return given;
  try {
    return await resolveDigest(parsed, token);
  } catch (thrown) {
    if (thrown instanceof AppError && !isMissing(thrown)) return given;
    throw thrown;
  }
}

/** Returns the image that a machine runs, by digest where the reference or Fly has one. @param image the requested reference */
export function resolveMachineImage(image: string, { config, image_ref }: FlyMachine): string {
  if (image.includes("@")) return image;
  const own = config?.image ?? "";
  if (own.includes("@") && extractRepository(own) === extractRepository(image)) return own;
  const digest = image_ref?.digest ?? "";
  return DIGEST.test(digest) ? `${extractRepository(image)}@${digest}` : image;
}

function requireReference(image: string): ImageReference {
  const parsed = parseImage(image);
  if (parsed) return parsed;
  throw new AppError("image_not_found", "The name of mcp-host's image is not complete.", {
    hint: "It must begin with the registry's host, such as registry.fly.io/APP:TAG.",
  });
}

async function resolveDigest(image: ImageReference, token: string): Promise<string> {
  const { registry, repository } = image;
  const base = `${isLoopback(registry) ? "http" : "https"}://${toApiHost(registry)}`;
  const url = `${base}/v2/${repository}/manifests/${image.digest ?? image.tag ?? "latest"}`;
  const basic = `Basic ${Buffer.from(`x:${stripScheme(token)}`).toString("base64")}`;
  const own = registry === FLY_REGISTRY ? basic : null;
  try {
    let authorization = own;
    let response = await fetchManifest(url, authorization, "HEAD");
    if (response.status === 401) {
      const bearer = await fetchBearer(response.headers.get("www-authenticate") ?? "", own);
      if (bearer !== null) {
        authorization = bearer;
        response = await fetchManifest(url, authorization, "HEAD");
      }
    }
    if (!response.ok) throw toRefusal(image, response.status);
    const digest = response.headers.get("docker-content-digest") ?? (await hashManifest(url, authorization));
    if (DIGEST.test(digest)) return `${registry}/${repository}@${digest}`;
    throw new Error("the registry names no digest");
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError("machine_unavailable", `The image's registry ${registry} cannot be reached.`, {
      hint: "Try again in a moment.",
      retryAfterS: 15,
      cause: thrown,
    });
  }
}

/** Computes the digest, the hash of the manifest's bytes, for a registry that does not name it. */
async function hashManifest(url: string, authorization: string | null): Promise<string> {
  const manifest = await fetchManifest(url, authorization, "GET");
  if (!manifest.ok) throw new Error(`the manifest was answered with ${manifest.status}`);
  return `sha256:${createHash("sha256")
    .update(await readText(manifest, MAX_MANIFEST_BYTES))
    .digest("hex")}`;
}

function toRefusal({ registry, repository, tag, digest }: ImageReference, status: number): AppError {
  const name = `${repository}${digest ? `@${digest}` : `:${tag ?? "latest"}`}`;
  const isForbidden = status === 401 || status === 403;
  const message = isForbidden
    ? `${registry} does not let ${name} be pulled.`
    : status === 404
      ? `${registry} has no ${name}.`
      : `${registry} answered with the status ${status} for ${name}.`;
  return new AppError(isForbidden || status === 404 ? "image_not_found" : "machine_unavailable", message, {
    cause: { status },
    hint: "Push an image into an app of your organization: Settings → Set-up has the command. Then set it under Settings → Machines.",
  });
}

/** Tells whether the registry refused the image: it does not have it, or does not show it to us. */
function isRefused({ code }: AppError): boolean {
  return code === "image_not_found";
}

/** Tells whether the registry does not have the image at all, so that Fly cannot pull it either. */
function isMissing(error: AppError): boolean {
  const { cause } = error;
  const status = typeof cause === "object" && cause !== null && "status" in cause ? cause.status : null;
  return isRefused(error) && status !== 401 && status !== 403;
}

/** Fetches the token that a registry's challenge asks for (Docker registry v2 authentication); null for another challenge. */
async function fetchBearer(challenge: string, own: string | null): Promise<string | null> {
  if (!/^bearer\s/i.test(challenge)) return null;
  const fields = Object.fromEntries(
    [...challenge.matchAll(/(?<!\w)(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
  );
  const realm = URL.parse(fields.realm ?? "");
  if (!realm || (realm.protocol !== "https:" && !isLoopback(realm.host))) return null;
  for (const key of ["service", "scope"]) if (fields[key]) realm.searchParams.set(key, fields[key]);
  // Fly's token goes to Fly alone.
  const isOwn = realm.host === FLY_REGISTRY || realm.host.endsWith(".fly.io");
  const response = await fetchManifest(realm.href, isOwn ? own : null, "GET");
  if (!response.ok) return null;
  const answer = tokenSchema.safeParse(JSON.parse(await readText(response, MAX_TOKEN_BYTES))).data;
  const token = answer?.token ?? answer?.access_token;
  return token ? `Bearer ${token}` : null;
}

function fetchManifest(url: string, authorization: string | null, method: "GET" | "HEAD"): Promise<Response> {
  return fetch(url, {
    method,
    headers: { accept: MANIFESTS, "user-agent": "catwalk", ...(authorization && { authorization }) },
    redirect: "error",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
}

/** Returns the host of a registry's API. Docker Hub's differs from its name. */
function toApiHost(registry: string): string {
  return registry === "docker.io" ? "registry-1.docker.io" : registry;
}
