import type { Input } from "@/lib/analysis/spec";

const TARGET_WORDS: Record<Input["target"], string> = { env: "", arg: "argument", header: "header", file: "file" };

const ORDINALS = ["first", "second", "third", "fourth", "fifth"];

/** Says where an input goes, as people count: "position 0" is the "first argument". */
export function describeTarget({ key, target }: Pick<Input, "key" | "target">): { code: string | null; words: string } {
  const position = target === "arg" ? /^position (\d{1,3})$/.exec(key)?.[1] : undefined;
  if (position === undefined) return { code: key, words: TARGET_WORDS[target] };
  return {
    code: null,
    words: ORDINALS[Number(position)] ? `${ORDINALS[Number(position)]} argument` : `argument ${Number(position) + 1}`,
  };
}
