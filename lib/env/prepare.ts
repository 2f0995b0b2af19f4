import { existsSync } from "node:fs";
import { openDataFolder, readDataFolderKeys } from "./data-folder.ts";
import { parseEnv } from "./env.ts";

/**
 * Completes `process.env` for a command or a server that runs from a checkout. Adds the settings of a file named `.env` in the
 * current folder, and the data folder's own keys where none are set. Then validates everything but `DATABASE_URL`.
 *
 * @returns the data folder's real, absolute path, which `CATWALK_DATA_DIR` holds from now on too
 * @throws StartError naming what is wrong and how to make it right
 */
export async function prepareEnvironment(): Promise<string> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const dataFolder = await openDataFolder(process.env.CATWALK_DATA_DIR || ".catwalk");
  process.env.CATWALK_DATA_DIR = dataFolder;
  if (!process.env.ENCRYPTION_KEY || !process.env.NEXTAUTH_SECRET) {
    const keys = await readDataFolderKeys(dataFolder);
    process.env.ENCRYPTION_KEY ||= keys.ENCRYPTION_KEY;
    process.env.NEXTAUTH_SECRET ||= keys.NEXTAUTH_SECRET;
  }
  parseEnv({ ...process.env, DATABASE_URL: process.env.DATABASE_URL || "postgresql://embedded" });
  return dataFolder;
}
