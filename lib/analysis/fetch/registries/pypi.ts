import { AppError } from "../../../errors/app-error.ts";
import { isExactVersion, isPackageName, isSamePackage } from "../../package-names.ts";
import type { FileSet } from "../files.ts";
import { type IndexAddress, IndexAddressError, indexAddress, namesIndex } from "./index-address.ts";
import { indexOfThisHost, namesOtherSources } from "./index-setting.ts";
import { lookupWithPip, readWithPip } from "./pip.ts";
import { lookupInIndex, readFromIndex } from "./python-index.ts";
import { inEmptyFolder, toolEnvironment } from "./python-tool.ts";
import type { Lookup, PackageRecord, RegistryClient } from "./types.ts";
import { lookupWithUv, readWithUv } from "./uv.ts";

/** Refuses the record of another package, and a version that pip or uv would take for a file: a wheel writes both itself. */
function checkAnswer(lookup: Lookup, name: string): Lookup {
  if (lookup.status !== "found") return lookup;
  const { record } = lookup;
  if (isSamePackage("pypi", record.name, name) && isExactVersion("pypi", record.version)) return lookup;
  return { status: "unknown", message: `PyPI answered for ${name} with another package` };
}

export const NO_PYTHON_MESSAGE =
  "This host has neither Python with pip nor uv, so the package could not be checked. Install one of them (Debian: python3-pip), or set PIP_INDEX_URL to your package index";

/**
 * Creates the client for PyPI. It asks the index over HTTP that the operator's settings name, which takes a tenth of the
 * time that pip takes to start. What the index does not have, or where no address is known, this host's pip is asked, else
 * its uv. Only wheels are opened. Source distributions are never built, because building runs their code.
 *
 * @param variables the environment
 * @param builtFile file where the build keeps the index that it found
 */
export function pypiClient(
  variables: Record<string, string | undefined> = process.env,
  builtFile?: string,
): RegistryClient {
  const env = toolEnvironment(variables);
  let hasOtherSources: Promise<boolean> | undefined;
  let ofThisHost: Promise<string | null> | undefined;
  const findIndex = async (): Promise<IndexAddress | null> => {
    if (variables.PIP_NO_INDEX || variables.UV_NO_INDEX || variables.UV_OFFLINE) return null;
    ofThisHost ??= namesIndex(variables) ? Promise.resolve(null) : indexOfThisHost(variables);
    return await indexAddress(variables, builtFile, await ofThisHost);
  };
  return {
    registry: "pypi",
    lookup: async (name, version, signal) => {
      if (!isPackageName("pypi", name)) return { status: "absent", reason: "package" };
      // pip and uv would take anything else for a range, a file or a URL.
      if (version !== null && !isExactVersion("pypi", version)) return { status: "absent", reason: "version" };
      let answer: Lookup | null = null;
      try {
        answer = await lookupOverHttp(findIndex, name, version, signal);
        if (answer?.status === "found") return checkAnswer(answer, name);
        if (answer?.status === "absent") {
          hasOtherSources ??= namesOtherSources(variables);
          if (!(await hasOtherSources)) return answer;
        }
        const found = await inEmptyFolder(
          env,
          signal,
          async (tool, folder) =>
            (await lookupWithPip(tool, name, version)) ?? (await lookupWithUv(tool, folder, name, version)),
        );
        // A client that did not come to an answer takes nothing back of what the index said.
        if (answer?.status === "absent" && found?.status === "unknown") return answer;
        return (found && checkAnswer(found, name)) ?? answer ?? { status: "unknown", message: NO_PYTHON_MESSAGE };
      } catch {
        if (signal.aborted) throw signal.reason;
        if (answer?.status === "absent") return answer;
        return { status: "unknown", message: `Python's package client could not look up ${name}` };
      }
    },
    read: async (record, signal) => {
      const requirement = `${record.name}==${record.version}`;
      try {
        const read =
          (await readOverHttp(findIndex, record, signal)) ??
          (await inEmptyFolder(
            env,
            signal,
            async (tool, folder) =>
              (await readWithPip(tool, folder, requirement)) ?? (await readWithUv(tool, folder, requirement)),
          ));
        if (read !== null) return read;
        throw new Error("there is no client of Python, and no address of an index");
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const message = `The package ${record.name} could not be read from PyPI.`;
        throw new AppError("upstream_unavailable", message, { cause: error });
      }
    },
  };
}

type FindIndex = () => Promise<IndexAddress | null>;

/** Asks the index over HTTP. Returns null when no address is known. */
async function lookupOverHttp(
  findIndex: FindIndex,
  name: string,
  version: string | null,
  signal: AbortSignal,
): Promise<Lookup | null> {
  try {
    const index = await findIndex();
    return index && (await lookupInIndex(index, name, version, signal));
  } catch (error) {
    if (error instanceof IndexAddressError) return { status: "unknown", message: error.message };
    throw error;
  }
}

/** Reads a wheel over HTTP. Returns null when it cannot, so that pip or uv is asked. */
async function readOverHttp(findIndex: FindIndex, record: PackageRecord, signal: AbortSignal): Promise<FileSet | null> {
  try {
    const index = await findIndex();
    return index && (await readFromIndex(index, record, signal));
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
