import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { cipher } from "../crypto/cipher.ts";
import { db } from "../db/client.ts";
import { env } from "../env/env.ts";
import type { CheckResult, SetupCheck } from "./check.ts";

/** Checks that the keys decrypt everything that is stored, and says where they come from. */
export const keysCheck: SetupCheck = {
  id: "keys",
  title: "Keys",
  timeoutMs: 5_000,
  async run(): Promise<CheckResult> {
    const { keyIds, currentKeyId } = cipher();
    const stored = await countStoredKeyIds();
    const unopened = sum(stored.filter(({ id }) => !keyIds.includes(id)));
    if (unopened > 0) {
      return {
        state: "bad",
        message: `No key in ENCRYPTION_KEY decrypts ${formatValues(unopened)}.`,
        todo: "Add the previous key after the current one and a comma, and restart Catwalk. Without that key, enter these values again.",
        detail: `Configured: ${keyIds.join(", ")}. Used by what is stored: ${stored.map(({ id }) => id).join(", ")}.`,
      };
    }
    const older = sum(stored.filter(({ id }) => id !== currentKeyId));
    if (older > 0) {
      return {
        state: "optional",
        message: `${capitalize(formatValues(older))} ${older === 1 ? "is" : "are"} still encrypted with an older key.`,
        todo: "Encrypt them with the first key. Then you can remove the others from ENCRYPTION_KEY.",
        command: "npm run rotate-keys",
      };
    }
    return { state: "good", ...(await describeOrigin()) };
  },
};

/** Says where the keys come from, and which file a backup must include. */
async function describeOrigin(): Promise<{ message: string; todo: string | null }> {
  const folder = resolve(/* turbopackIgnore: true */ process.cwd(), env().CATWALK_DATA_DIR);
  const isGenerated = async (name: string, value: string) =>
    (await readFile(join(folder, name), "utf8").catch(() => "")).trim() === value;
  const [encryption, session] = await Promise.all([
    isGenerated("encryption-key", env().ENCRYPTION_KEY),
    isGenerated("session-secret", env().NEXTAUTH_SECRET),
  ]);
  const from = (generated: boolean) => (generated ? "was generated" : "is given by the environment");
  const message =
    encryption === session
      ? `ENCRYPTION_KEY and NEXTAUTH_SECRET ${encryption ? "were generated" : "are given by the environment"}.`
      : `ENCRYPTION_KEY ${from(encryption)}, NEXTAUTH_SECRET ${from(session)}.`;
  const kept = `Back up ${join(folder, "encryption-key")}: without it the stored credentials cannot be read.`;
  return { message, todo: encryption ? kept : null };
}

interface KeyUse {
  id: string;
  count: number;
}

/** Counts the stored values by the key that encrypted them. */
async function countStoredKeyIds(): Promise<KeyUse[]> {
  const rows = await db().$queryRaw<{ id: string; count: bigint }[]>`
    select split_part(value, '.', 2) as id, count(*) as count from (
      select ciphertext as value from credentials
      union all select host_token_ciphertext from deployments where host_token_ciphertext is not null
      union all select machine_token_ciphertext from deployments where machine_token_ciphertext is not null
      union all select value from settings where encrypted
    ) as stored group by 1 order by 1`;
  return rows.map(({ id, count }) => ({ id, count: Number(count) }));
}

function sum(uses: KeyUse[]): number {
  return uses.reduce((total, { count }) => total + count, 0);
}

function formatValues(count: number): string {
  return count === 1 ? "one stored value" : `${count} stored values`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
