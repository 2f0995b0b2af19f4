import type { InputFinding } from "../inputs/findings.ts";

const OPTIONAL = /^\W{0,3}(optional|optionally)\b/i;
/** Options of one file that are called optional before that says something of the others. */
const MIN_MARKED = 3;
/** Flags of which a program needs none, whatever stands beside them. */
const OF_THE_PROGRAM = /^--?(config|config-file|config-path|debug|verbose|help|version|env|profile)$/;

/**
 * Takes a server to need the options that a program does not call optional where it calls so most of the others of the same file: "App ID" beside
 * "(Optional) Domain", "(Optional) Language", "(Optional) Scope".
 */
export function markNeeded(options: readonly InputFinding[]): InputFinding[] {
  const fileOf = ({ provenance }: InputFinding) => provenance.where.replace(/:\d+$/, "");
  const isMarked = ({ description }: InputFinding) => OPTIONAL.test(description ?? "");
  const files = Map.groupBy(options, fileOf);
  return options.map((option) => {
    const others = files.get(fileOf(option)) ?? [];
    const marked = others.filter(isMarked).length;
    const isDemanded =
      marked >= MIN_MARKED &&
      marked > others.length / 2 &&
      !isMarked(option) &&
      option.target === "arg" &&
      option.description != null &&
      option.required !== true &&
      option.type !== "boolean" &&
      option.template !== option.key &&
      !option.default &&
      option.whenMissing !== "default" &&
      !OF_THE_PROGRAM.test(option.key);
    return isDemanded ? { ...option, whenMissing: "fails-later" } : option;
  });
}
