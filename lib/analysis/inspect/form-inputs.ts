import type { TextFile } from "../fetch/files.ts";
import { judgeAlternatives } from "../inputs/alternatives.ts";
import type { AlternativeFinding, Findings, InputFinding } from "../inputs/findings.ts";
import { mergeInputs } from "../inputs/merge.ts";
import { findTwins } from "../inputs/rules.ts";
import { listSaidOptional } from "../inputs/said-optional.ts";
import { describeCredentials } from "../readers/where-to-get.ts";
import type { Alternative, Input } from "../spec.ts";
import { refineInputs } from "./refine-inputs.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import type { ServerCode } from "./server-code.ts";

/** Where a server's inputs are looked for. */
export interface InputPlaces {
  /** What declarations and documentation say of the server. */
  declared: Findings;
  code: ServerCode;
  readmes: readonly TextFile[];
  units: RepositoryPackage[];
  /** The server's literal arguments. */
  args: readonly string[];
  /** The code itself names the subcommand, so that its positions are counted behind that. */
  isSubcommandKnown: boolean;
  /** Variables that documentation lists, believed though no code that was read has them. */
  listed: ReadonlySet<string>;
  /** "owner/name" of the repository, "" where there is none. */
  slug: string;
  /** The source is a package. */
  isPackage: boolean;
}

/** What a person is asked for. */
export interface FormInputs {
  inputs: Input[];
  alternatives: Alternative[];
  /** Keys without which the code itself fails. */
  demanded: ReadonlySet<string>;
}

/** Merges what all places know of a server's inputs, and decides which are required and which replace each other. */
export function toFormInputs(places: InputPlaces): FormInputs {
  const { declared, code, readmes, units, args, isSubcommandKnown, listed, slug, isPackage } = places;
  // The first position that the code reads is the name of a subcommand where documentation shows one.
  const isSubcommandShown = args[0] !== undefined && !args[0].startsWith("-");
  const positions = isSubcommandShown && !isSubcommandKnown ? [] : code.positions;
  const variables = new Set(code.inputs.flatMap(({ key, target }) => (target === "env" ? [key] : [])));
  // `"args": ["A_KEY", "value"]`: people write a variable where an argument stands.
  const isVariable = ({ key, placeholder }: InputFinding) =>
    key.startsWith("position ") && placeholder != null && variables.has(placeholder);
  const ofCommands = declared.launches.flatMap((launch) => launch.inputs).filter((one) => !isVariable(one));
  const everything = [...ofCommands, ...declared.inputs, ...code.inputs, ...positions];
  const given = new Set(args.map((arg) => arg.split("=")[0]));
  const occurs = (key: string) => listed.has(key) || isInCode(code, key);
  const merged = mergeInputs(everything, code.read.length === 0 ? null : occurs).filter(
    (input) => input.target !== "arg" || !given.has(input.key),
  );
  const documented = new Set(everything.filter(isDocumented).map((one) => one.key));
  // A published package without a README says nowhere but in its messages what it needs.
  const isUndocumented = isPackage && readmes.length === 0 && documented.size === 0;
  const twins = findTwins(merged, code.links, [...code.inputs, ...ofCommands]);
  const saidOptional = listSaidOptional(merged, readmes);
  const { missed, sent, requested } = code;
  const told = { twins, units, slug, saidOptional, missed, sent, requested };
  const refined = refineInputs(merged, everything, declared.launches, told);
  const keysOf = (findings: readonly InputFinding[], matches: (one: InputFinding) => boolean) =>
    new Set(findings.filter(matches).map(({ key }) => key));
  const { inputs, alternatives } = judgeAlternatives(refined, {
    launches: declared.launches,
    found: [...code.alternatives.filter(isSure), ...declared.alternatives, ...code.alternatives],
    twins,
    documented: isUndocumented ? null : documented,
    failing: keysOf(code.inputs, (one) => one.whenMissing === "fails"),
    saidRequired: keysOf(everything, (one) => one.required === true && one.evidence !== "read"),
    mandatory: keysOf(code.inputs, (one) => one.isMandatory === true),
    signIns: code.signIns,
  });
  const described = describeCredentials(inputs, readmes);
  return { inputs: described, alternatives, demanded: keysOf(everything, (one) => one.whenMissing === "fails") };
}

/** Returns whether the program ends at its start without one of the ways. Documentation may name only some of them. */
function isSure({ required, isStated, isLate, isOfParts }: AlternativeFinding): boolean {
  return required && !isStated && !isLate && !isOfParts;
}

function isDocumented({ evidence, required }: InputFinding): boolean {
  return (evidence === "shown" || evidence === "declared") && required !== false;
}

/** Returns whether a name stands anywhere in the code that was read, apart from scripts that show a developer what is wrong. */
export function isInCode(code: Pick<ServerCode, "read">, key: string): boolean {
  return code.read.some((file) => file.text.includes(key) && !isOfDebugging(file.path));
}

/** "debug.mjs" and "scripts/check-env.py", which is no module of a server that has its code in a folder. */
function isOfDebugging(path: string): boolean {
  return (
    /(?:^|\/)(?:debug|diagnose|troubleshoot|check[-_](?:env|setup|config))\.(?:[mc]?[jt]s|py)$/.test(path) &&
    !/(?:^|\/)src\//.test(path)
  );
}
