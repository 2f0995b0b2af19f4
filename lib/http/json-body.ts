import type { z } from "zod";
import { AppError } from "../errors/app-error.ts";

const KIB = 1024;
const MAX_FIELDS = 50;
const MAX_UNKNOWN_KEYS = 20;

export interface JsonBodyOptions {
  /** The largest body, in bytes; whole KB. Reading stops there, so a larger body is never held in memory. */
  maxBytes: number;
  /** What to send instead, for a body that is not JSON. */
  hint?: string;
}

/**
 * Reads a request's JSON body and checks it against a schema.
 *
 * @throws AppError `too_large` over `maxBytes`, `invalid_request` for other text than JSON in UTF-8, or naming each bad field
 */
export async function readJsonBody<T>(request: Request, schema: z.ZodType<T>, options: JsonBodyOptions): Promise<T> {
  const parsed = schema.safeParse(await readJson(request, options));
  if (parsed.success) return parsed.data;
  const fields = new Map<string, string>();
  for (const issue of parsed.error.issues) {
    const unknownKeys = issue.code === "unrecognized_keys" ? issue.keys.slice(0, MAX_UNKNOWN_KEYS) : [];
    for (const key of unknownKeys) fields.set([...issue.path, key].join("."), "This field is not known here.");
    const field = issue.path.join(".");
    if (unknownKeys.length === 0 && fields.size < MAX_FIELDS && !fields.has(field)) fields.set(field, issue.message);
  }
  throw new AppError("invalid_request", "The body is not as documented.", {
    hint: "Correct the fields that are named.",
    fields: Object.fromEntries(fields),
  });
}

async function readJson(
  request: Request,
  { maxBytes, hint = "Send a JSON object." }: JsonBodyOptions,
): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new AppError("too_large", `The body is larger than ${inWords(maxBytes)}.`, { hint: "Send less." });
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (cause) {
    throw new AppError("invalid_request", "The body is not JSON.", { hint, cause });
  }
}

function inWords(bytes: number): string {
  return bytes >= KIB * KIB ? `${bytes / KIB / KIB} MB` : `${bytes / KIB} KB`;
}
