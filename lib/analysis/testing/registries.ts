import type { Lookup, PackageRecord, Registry, RegistryClient } from "../fetch/registries/types.ts";
import { fileSet } from "./files.ts";

type Known = Partial<PackageRecord> & { name: string };

/** Creates registries that know only these packages, for tests that are not about registries. */
export function fakeRegistries(known: {
  npm?: Known[];
  pypi?: Known[];
  down?: boolean;
}): Record<Registry, RegistryClient> {
  const client = (registry: Registry, packages: Known[]): RegistryClient => ({
    registry,
    lookup: async (name): Promise<Lookup> => {
      if (known.down) return { status: "unknown", message: "The registry is out of reach" };
      const found = packages.find((one) => one.name === name);
      if (!found) return { status: "absent", reason: "package" };
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
          ...found,
        },
      };
    },
    read: async () => fileSet({}),
  });
  return { npm: client("npm", known.npm ?? []), pypi: client("pypi", known.pypi ?? []) };
}
