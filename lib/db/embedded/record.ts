import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { replaceFile } from "../../env/files.ts";
import { StartError } from "../../errors/start-error.ts";

const recordSchema = z.object({
  /** The cluster's folder, relative to the data folder if it lies below it. */
  cluster: z.string().min(1),
  /** The last port, used again when it is free; 0 before the first start. */
  port: z.number().int(),
  password: z.string().min(1),
  initialised: z.boolean(),
});

/** A data folder's record of its PostgreSQL, in postgres.json. */
export type ServerRecord = z.infer<typeof recordSchema>;

/**
 * Reads a data folder's record, or null before the first start.
 *
 * @throws StartError when the file is unreadable or damaged: starting with an empty database would hide the existing data
 */
export async function readRecord(dataFolder: string): Promise<ServerRecord | null> {
  const path = join(dataFolder, "postgres.json");
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new StartError(`${path} cannot be read: it holds the password of the database in this folder.`);
  }
}

/** Writes the record atomically with mode 0600. */
export async function writeRecord(dataFolder: string, record: ServerRecord): Promise<void> {
  await replaceFile(join(dataFolder, "postgres.json"), `${JSON.stringify(record, null, 2)}\n`);
}

/** Resolves the cluster's folder to an absolute path. */
export function resolveClusterFolder(dataFolder: string, record: ServerRecord): string {
  return resolve(dataFolder, record.cluster);
}
