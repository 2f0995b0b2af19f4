import type { TextFile } from "../fetch/files.ts";
import type { Input } from "../spec.ts";

/**
 * Lists the secrets that documentation calls optional by their words instead of their names: "Thing API Key (optional) for higher
 * limits" for THING_API_KEY.
 */
export function listSaidOptional(inputs: readonly Input[], documentation: readonly TextFile[]): string[] {
  const secrets = inputs.filter((input) => input.secret && input.label.includes(" "));
  if (secrets.length === 0) return [];
  const texts = documentation.map(({ text }) => text.toLowerCase());
  return secrets.flatMap(({ key, label }) => {
    const words = label.toLowerCase();
    const isSaid = (text: string) =>
      [` (optional)`, `** (optional)`, ` [optional]`].some((note) => text.includes(words + note));
    return texts.some(isSaid) ? [key] : [];
  });
}
