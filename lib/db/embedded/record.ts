import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { replaceFile } from "../../env/files.ts";
import { StartError } from "../../errors/start-error.ts";

const recordSchema = z.object({
  /** The cluster's folder, relative to the data folder where it lies below it. */
  cluster: z.string().min(1),
  /** The port of last time, taken again when it is free; 0 at first. */
  port: z.number().int(),
  password: z.string().min(1),
  initialised: z.boolean(),
});

/** What a data folder remembers of its PostgreSQL. */
export type ServerRecord = z.infer<typeof recordSchema>;

/**
 * Reads what a data folder remembers of its PostgreSQL, or null where there was none yet.
 *
 * @throws StartError when the file cannot be read or is damaged: beginning anew would hide the data that is there
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

/** Writes it, readable by this user only; a crash leaves the old file or the new one. */
export async function writeRecord(dataFolder: string, record: ServerRecord): Promise<void> {
  await replaceFile(join(dataFolder, "postgres.json"), `${JSON.stringify(record, null, 2)}\n`);
}

/** The cluster's folder as an absolute path. */
export function resolveClusterFolder(dataFolder: string, record: ServerRecord): string {
  return resolve(dataFolder, record.cluster);
}
