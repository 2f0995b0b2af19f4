import { z } from "zod";
import { db } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { processWide } from "../../util/process-wide.ts";
import { type FetchDocumentOptions, fetchClientDocument } from "./fetch-document.ts";
import { KNOWN_DOCUMENTS } from "./known-documents.ts";
import { type ClientMetadata, tidyClientMetadata } from "./metadata.ts";

const MAX_URL_CHARACTERS = 1_000;
/** While its host does not answer, a document is used for this long. */
const STALE_MS = 7 * 24 * 60 * 60 * 1_000;
/** After a failed fetch the copy counts as fresh for this long. */
const RETRY_AFTER_MS = 10 * 60 * 1_000;
/** Limit of concurrent fetches, because any client can name a URL. */
const MAX_FETCHES = 8;
/** A document that could not be fetched, and has no copy, is not asked for again for this long. */
const FAILED_MS = 60_000;
const MAX_FAILED = 1_000;

const documentSchema = z.looseObject({
  client_id: z.string(),
  token_endpoint_auth_method: z.string().nullish(),
  /** Metadata choices: the methods that the client can do, of which the server picks one. */
  token_endpoint_auth_methods_supported: z.array(z.string()).nullish().catch(null),
});

/** Returns whether a client id is the URL of a client ID metadata document: https, with a path, in canonical spelling. */
export function isClientDocumentUrl(clientId: string): boolean {
  if (clientId.length > MAX_URL_CHARACTERS || !clientId.startsWith("https://")) return false;
  const url = URL.parse(clientId);
  if (url === null || url.href !== clientId) return false;
  return url.pathname !== "/" && url.hash === "" && url.username === "" && url.password === "";
}

/**
 * A document as client metadata.
 *
 * @throws ClientMetadataError, ZodError or Error for one that is not a public client's document of this very URL
 */
export function readClientDocument(url: string, json: unknown): ClientMetadata {
  const document = documentSchema.parse(json);
  // Draft client-id-metadata-document, section 4.1: compared as a string, nothing normalized.
  if (document.client_id !== url) throw new Error("its client_id is not its own URL");
  if ("client_secret" in document || "client_secret_expires_at" in document) throw new Error("it has a client_secret");
  const { token_endpoint_auth_method: method, token_endpoint_auth_methods_supported: choices } = document;
  if (method && method !== "none" && !choices?.includes("none")) {
    throw new Error(`its token_endpoint_auth_method is ${method.slice(0, 50)}, and Catwalk takes none of documents`);
  }
  return tidyClientMetadata(document, url, "none");
}

interface Fetches {
  running: Map<string, Promise<ClientMetadata | undefined>>;
  /** Until when a URL counts as failed, the oldest first. */
  failed: Map<string, number>;
  options: FetchDocumentOptions;
}

const fetches = () =>
  processWide<Fetches>("oauth.document-fetches", () => ({ running: new Map(), failed: new Map(), options: {} }));

/**
 * The client that a metadata document describes: from the database while that copy is fresh, else fetched, else from a copy that is
 * at most a week old, else from the built-in ones. Undefined when none of these has it.
 */
export async function findClientDocument(url: string): Promise<ClientMetadata | undefined> {
  const row = await db().oAuthClientDocument.findUnique({ where: { url } });
  const stored = row === null ? undefined : (row.metadata as unknown as ClientMetadata);
  if (row !== null && row.freshUntil.getTime() > Date.now()) return stored;
  const { running, failed } = fetches();
  let fetching = running.get(url);
  if (fetching === undefined) {
    const isStale = row !== null && Date.now() - row.fetchedAt.getTime() < STALE_MS;
    const fallback = (isStale ? stored : undefined) ?? builtIn(url);
    if (running.size >= MAX_FETCHES || (failed.get(url) ?? 0) > Date.now()) return fallback;
    fetching = refresh(url, fallback, row?.fetchedAt).finally(() => running.delete(url));
    running.set(url, fetching);
  }
  return fetching;
}

async function refresh(
  url: string,
  fallback: ClientMetadata | undefined,
  fetchedAt = new Date(),
): Promise<ClientMetadata | undefined> {
  try {
    const { json, freshS } = await fetchClientDocument(url, fetches().options);
    const metadata = readClientDocument(url, json);
    await keep(url, metadata, new Date(), freshS * 1_000);
    return metadata;
  } catch (error) {
    console.warn(`The client metadata document at ${url} cannot be used: ${reasonOf(error)}`);
    if (fallback !== undefined) await keep(url, fallback, fetchedAt, RETRY_AFTER_MS);
    else rememberFailure(url);
    return fallback;
  }
}

function rememberFailure(url: string): void {
  const { failed } = fetches();
  failed.delete(url);
  failed.set(url, Date.now() + FAILED_MS);
  for (const oldest of failed.keys()) {
    if (failed.size <= MAX_FAILED) return;
    failed.delete(oldest);
  }
}

async function keep(url: string, metadata: ClientMetadata, fetchedAt: Date, freshMs: number): Promise<void> {
  const data = {
    metadata: { ...metadata } as Prisma.InputJsonObject,
    fetchedAt,
    freshUntil: new Date(Date.now() + freshMs),
  };
  await db().oAuthClientDocument.upsert({ where: { url }, create: { url, ...data }, update: data });
}

function builtIn(url: string): ClientMetadata | undefined {
  const document = Object.hasOwn(KNOWN_DOCUMENTS, url) ? KNOWN_DOCUMENTS[url] : undefined;
  return document && tidyClientMetadata(document, url, "none");
}

/** Deletes copies that no connected client uses and that are too old to stand in. */
export async function deleteOldClientDocuments(now = new Date()): Promise<void> {
  const before = new Date(now.getTime() - STALE_MS);
  await db().$executeRaw`
    delete from oauth_client_documents where fetched_at < ${before}
      and not exists (select from connected_clients where client_id = oauth_client_documents.url)`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : "";
}
