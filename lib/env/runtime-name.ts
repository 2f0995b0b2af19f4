/** Where machines can live: as child processes of this host, or at Fly. */
export const RUNTIME_NAMES = ["local", "fly"] as const;

export type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** Tells whether a text, such as a column's value, names a runtime of this version. */
export function isRuntimeName(text: string): text is RuntimeName {
  return (RUNTIME_NAMES as readonly string[]).includes(text);
}
