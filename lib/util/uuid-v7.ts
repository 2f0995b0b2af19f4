import { randomUUID } from "node:crypto";

/**
 * Returns a UUID that begins with the time (RFC 9562, section 5.7). Rows with such ids go to one end of their index; random ones go to all
 * of it, and with millions of rows each of them rewrites a page. Node's own function for this is missing in versions that hosts still run.
 *
 * @param atMs milliseconds since 1970
 */
export function uuidV7(atMs = Date.now()): string {
  const time = atMs.toString(16).padStart(12, "0");
  // A random UUID has its version at the 15th character; what follows it is random, with the same variant.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
