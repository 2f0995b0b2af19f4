import { hostileArchives } from "./archives.ts";
import { hostileSources } from "./sources.ts";
import { hostileTexts } from "./texts.ts";
import type { HostileInput } from "./types.ts";

/**
 * Creates hostile inputs: texts, source code, and archives. All of them take some gigabytes of memory for a moment.
 *
 * @param names those that are wanted; all when there are none
 */
export function hostileInputs(names: readonly string[]): HostileInput[] {
  const isWanted = (name: string) => names.length === 0 || names.includes(name);
  const texts = [...hostileTexts(), ...hostileSources()].filter(({ name }) => isWanted(name));
  return [...texts, ...hostileArchives(isWanted)];
}

/** The source that a person would paste for an input. */
export function sourceOf(input: HostileInput): string {
  if (input.npm) return `npm:${input.name}`;
  return input.pypi ? `pypi:${input.name}` : `acme/${input.name}`;
}
