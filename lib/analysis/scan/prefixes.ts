import type { Read, ScanResult } from "./types.ts";

/** Beginnings of names in one file, and variables that documentation names. */
export const MAX_PREFIXES = 20;
const MAX_NAMED = 60;

/** Returns whether a text begins the names of a server's own variables: "ACME_". */
export function isPrefix(text: string): boolean {
  return /^[A-Z][A-Z0-9_]{1,40}_$/.test(text);
}

/**
 * Returns reads of the variables that documentation names and that begin as the code reads them, where it does not say how they go on: the
 * names may come from another package, as in `os.getenv("ACME_" + name.upper()) for name in acme.OPTIONS`.
 *
 * @param named variables that documentation names
 * @param known variables that the code reads by their whole names
 */
export function readsOfPrefixes(
  prefixes: ScanResult["prefixes"],
  named: ReadonlySet<string>,
  known: ReadonlySet<string>,
): Read[] {
  return [...prefixes]
    .flatMap(([prefix, place]) =>
      [...named]
        .filter((key) => key.startsWith(prefix) && key.length > prefix.length && !known.has(key))
        .map((key): Read => ({ ...place, key, fallback: "none", value: null, isHosting: false, comment: null })),
    )
    .slice(0, MAX_NAMED);
}

/** Returns the flags that do the same as variables with these beginnings: "--name" for ACME_NAME. */
export function linksOfPrefixes(prefixes: ReadonlySet<string>, reads: readonly Read[]): ScanResult["links"] {
  return [...prefixes].flatMap((prefix) =>
    reads
      .filter(({ key }) => key.startsWith(prefix))
      .slice(0, MAX_NAMED)
      .flatMap(({ key }) => {
        const name = key.slice(prefix.length).toLowerCase();
        return [...new Set([name, name.replaceAll("_", "-")])].map((one) => ({ key, flag: `--${one}` }));
      }),
  );
}
