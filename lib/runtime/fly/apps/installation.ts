import { randomInt } from "node:crypto";
import { db } from "../../../db/client.ts";
import { processWide } from "../../../util/process-wide.ts";

const KEY = "installation_id";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 8;

/**
 * What tells this Catwalk's apps from those of another in the same organization. Made once and kept in the database; it never
 * changes, so that it is known while the database is away.
 */
export async function loadInstallationId(): Promise<string> {
  const known = processWide<{ id: string | null }>("fly.installation", () => ({ id: null }));
  known.id ??= await readOrCreateId();
  return known.id;
}

async function readOrCreateId(): Promise<string> {
  const stored = await db().setting.findUnique({ where: { key: KEY } });
  if (stored) return stored.value;
  const value = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  // Of two instances that come here together the second finds the first one's.
  await db().setting.createMany({ data: [{ key: KEY, value }], skipDuplicates: true });
  return (await db().setting.findUniqueOrThrow({ where: { key: KEY } })).value;
}
