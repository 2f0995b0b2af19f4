import { fileURLToPath } from "node:url";

/** The fixture server, started in the given mode. */
export function fixtureCommand(mode: string): string[] {
  return [process.execPath, fileURLToPath(new URL("../fixtures/server.ts", import.meta.url)), mode];
}

/** A server that prints and never answers. It has printed long before any handshake times out. */
export const GARBAGE_COMMAND = ["/bin/sh", "-c", "echo Welcome to the garbage server; exec sleep 600"];
