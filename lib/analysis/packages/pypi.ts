import { AppError } from "../../errors/app-error.ts";
import { isPypiName } from "../source.ts";
import { lookupWithPip, readWithPip } from "./pip.ts";
import { inEmptyFolder, toolEnvironment } from "./python-tool.ts";
import type { RegistryClient } from "./types.ts";
import { lookupWithUv, readWithUv } from "./uv.ts";

export const noPythonMessage =
  "This host has neither Python with pip nor uv, so the package could not be checked. Install one of them (Debian: python3-pip)";

/**
 * PyPI, through the pip of this host, or its uv where there is no pip, with the settings of its owner. Source distributions are
 * never built, not even to read their metadata: only wheels are opened.
 */
export function pypiClient(variables: Record<string, string | undefined> = process.env): RegistryClient {
  const env = toolEnvironment(variables);
  return {
    registry: "pypi",
    lookup: async (name, version, signal) => {
      if (!isPypiName(name)) return { status: "absent", reason: "package" };
      try {
        const found = await inEmptyFolder(
          env,
          signal,
          async (tool, folder) =>
            (await lookupWithPip(tool, name, version)) ?? (await lookupWithUv(tool, folder, name, version)),
        );
        return found ?? { status: "unknown", message: noPythonMessage };
      } catch {
        if (signal.aborted) throw signal.reason;
        return { status: "unknown", message: `Python's package client could not look up ${name}` };
      }
    },
    read: async (record, signal) => {
      const requirement = `${record.name}==${record.version}`;
      const unreadable = (cause?: unknown) =>
        new AppError("upstream_unavailable", `The package ${record.name} could not be read from PyPI.`, { cause });
      try {
        const read = await inEmptyFolder(
          env,
          signal,
          async (tool, folder) =>
            (await readWithPip(tool, folder, requirement)) ?? (await readWithUv(tool, folder, requirement)),
        );
        if (read === null) throw unreadable();
        return read;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw error instanceof AppError ? error : unreadable(error);
      }
    },
  };
}
