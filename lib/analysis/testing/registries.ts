import type { Lookup, PackageRecord, Registry, RegistryClient } from "../fetch/registries/types.ts";
import { fileSet } from "./files.ts";

/** A package, with its published files. */
export type Known = Partial<PackageRecord> & { name: string; files?: Record<string, string> };

/** Creates registries that know only these packages, for tests that are not about registries. */
export function fakeRegistries(known: {
  npm?: Known[];
  pypi?: Known[];
  /** Registries that are out of reach: one, or both. */
  down?: boolean | Registry;
}): Record<Registry, RegistryClient> {
  const client = (registry: Registry, packages: Known[]): RegistryClient => ({
    registry,
    lookup: async (name): Promise<Lookup> => {
      if (known.down === true || known.down === registry)
        return { status: "unknown", message: "The registry is out of reach" };
      const found = packages.find((one) => one.name === name);
      if (!found) return { status: "absent", reason: "package" };
      const { files: _, ...record } = found;
      return {
        status: "found",
        record: {
          registry,
          version: "1.0.0",
          description: "",
          repository: null,
          mcpName: null,
          commands: registry === "npm" ? [name] : null,
          dependencies: [],
          license: null,
          readme: "",
          isSourceOnly: false,
          ...record,
        },
      };
    },
    read: async ({ name }) => fileSet(packages.find((one) => one.name === name)?.files ?? {}),
  });
  return { npm: client("npm", known.npm ?? []), pypi: client("pypi", known.pypi ?? []) };
}
