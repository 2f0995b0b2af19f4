import { AppError } from "../../../errors/app-error.ts";
import { isPypiName } from "../../source.ts";
import { IndexAddressError, indexAddress } from "./index-address.ts";
import { lookupWithPip, readWithPip } from "./pip.ts";
import { lookupInIndex, readFromIndex } from "./python-index.ts";
import { inEmptyFolder, toolEnvironment } from "./python-tool.ts";
import type { RegistryClient } from "./types.ts";
import { lookupWithUv, readWithUv } from "./uv.ts";

export const NO_PYTHON_MESSAGE =
  "This host has neither Python with pip nor uv, so the package could not be checked. Install one of them (Debian: python3-pip), or set PIP_INDEX_URL to your package index";

/**
 * Creates the client for PyPI: this host's pip, else its uv, with the operator's settings. Where there is neither, as
 * on Vercel, it asks over HTTP the index that the environment names or that the build found. Only wheels are opened.
 * Source distributions are never built, because building runs their code.
 *
 * @param builtFile file where the build keeps the index that it found
 */
export function pypiClient(
  variables: Record<string, string | undefined> = process.env,
  builtFile?: string,
): RegistryClient {
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
        if (found) return found;
        const index = await indexAddress(variables, builtFile);
        return index
          ? await lookupInIndex(index, name, version, signal)
          : { status: "unknown", message: NO_PYTHON_MESSAGE };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof IndexAddressError) return { status: "unknown", message: error.message };
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
        if (read !== null) return read;
        const index = await indexAddress(variables, builtFile);
        if (index === null) throw unreadable();
        return await readFromIndex(index, record, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw error instanceof AppError ? error : unreadable(error);
      }
    },
  };
}
