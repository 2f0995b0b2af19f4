import type { Server } from "../../analysis/spec.ts";
import { db } from "../../db/client.ts";
import { createInvalidInputsError } from "../inputs/server-edits.ts";
import { storableText } from "../redact.ts";

const MAX_NAME_CHARACTERS = 100;
/** Space for the number that makes a name unique. */
const NUMBER_CHARACTERS = 8;

/** Returns the name that a person gave, without control characters, or null when it is empty. Throws AppError `invalid_inputs`. */
export function parseName(text: string | undefined): string | null {
  const name = tidy(text ?? "");
  if (name === "") return null;
  if (name.length > MAX_NAME_CHARACTERS) {
    throw createInvalidInputsError({ name: `A name can have ${MAX_NAME_CHARACTERS} characters at most.` });
  }
  return name;
}

/** Returns a name after the server's that none of the person's deployments has yet. */
export async function findFreeName(userId: string, server: Server): Promise<string> {
  const wanted = tidy(server.name) || tidy(server.package?.replace(/^@[^/]*\//, "") ?? "") || "server";
  const base = wanted.slice(0, MAX_NAME_CHARACTERS - NUMBER_CHARACTERS).trim();
  const rows = await db().deployment.findMany({
    where: { ownerId: userId, name: { startsWith: base } },
    select: { name: true },
  });
  const taken = new Set(rows.map((row) => row.name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!taken.has(name)) return name;
  }
}

function tidy(text: string): string {
  return storableText(text)
    .replace(/\p{Cc}+/gu, " ")
    .trim();
}
