import type { Payload } from "../records.ts";
import { findClientDocument, isClientDocumentUrl } from "./client-documents.ts";
import { findRegistration } from "./registrations.ts";

/**
 * A client's metadata by its id: from its metadata document where the id is an https URL, else from its registration. Undefined when
 * there is none, or its document cannot be had.
 */
export async function findClient(clientId: string): Promise<Payload | undefined> {
  if (isClientDocumentUrl(clientId)) return (await findClientDocument(clientId)) as Payload | undefined;
  // An id that no registration can have is not looked up.
  return /^[\w-]{1,100}$/.test(clientId) ? findRegistration(clientId) : undefined;
}
