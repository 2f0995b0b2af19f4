import { randomInt } from "node:crypto";
import { db } from "../../../db/client.ts";
import { processWide } from "../../../util/process-wide.ts";

const KEY = "installation_id";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 8;

/**
 * Returns the id that tells this Catwalk's apps from those of another in the same organization. It is created once and never
 * changes, so the process caches it for the time when the database is away.
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
  // When two instances race, the second one reads the first one's id.
  await db().setting.createMany({ data: [{ key: KEY, value }], skipDuplicates: true });
  return (await db().setting.findUniqueOrThrow({ where: { key: KEY } })).value;
}
