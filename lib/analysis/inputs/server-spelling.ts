import type { Input } from "../spec.ts";

/** A word with a capital letter inside it, and a small one: "DBHub", "AcmeCloud", "IDs". */
const PROPER = /\b(?=[A-Za-z0-9]{0,30}[a-z])[A-Za-z][A-Za-z0-9]{0,20}[A-Z][A-Za-z0-9]{0,20}\b/g;
const MAX_WORDS = 200;

/**
 * Spells the words of labels as the server's own title and description do: "Dbhub auth token" of a server named DBHub becomes "DBHub auth
 * token".
 */
export function spellAsServer(inputs: Input[], { name, description }: { name: string; description: string }): Input[] {
  const words = [...`${name} ${description}`.slice(0, 2_000).matchAll(PROPER)].slice(0, MAX_WORDS);
  const known = new Map(words.map(([word]) => [word.toLowerCase(), word]));
  if (known.size === 0) return inputs;
  const spell = (word: string) => (/^[A-Z]?[a-z0-9]+$/.test(word) ? (known.get(word.toLowerCase()) ?? word) : word);
  return inputs.map((input) => ({ ...input, label: input.label.split(" ").map(spell).join(" ").slice(0, 200) }));
}
