import type { Condition } from "../flow.ts";
import type { Token } from "./tokens.ts";

/** What the files of one program know of each other. */
export interface BraceProject {
  /** Text constants by their name. */
  constants: Map<string, string>;
  /** Functions that read the variable whose name they are given. */
  helpers: Map<string, BraceHelper>;
  /** Fields and constants that hold a variable, by their own name. */
  fields: Map<string, string>;
  /** Settings that viper reads from a variable of another name, which `BindEnv` gives them. */
  bound: Set<string>;
  /** Fields that hold another variable in each of several files: clients that each have a `token`. */
  contested: Set<string>;
  /** What the fields of one file hold, by its tokens. */
  ownFields: WeakMap<readonly Token[], Map<string, string>>;
  /** What such a field holds without its variable, where that is written out. */
  fallbacks: Map<string, string>;
  /** What has to be there for a function to return without an error, by its name. Null where functions of one name differ. */
  returns: Map<string, Condition | null>;
  /** What the value that a function returns says of variables. */
  values: Map<string, Condition | null>;
  /** The parameter without which a function fails, or returns an error. Null where functions of one name differ. */
  demanding: Map<string, { at: number; returnsError: boolean } | null>;
  /** Variables of clap's optional arguments, by the field that holds each; null where fields of one name differ. */
  options: Map<string, string | null>;
  /** Lists of variables' names. */
  lists: Map<string, string[]>;
  /** The names of a function's parameters; null where functions of one name differ. */
  parameters: Map<string, readonly string[] | null>;
  /** Values that a file of settings gives .NET's, by their variables in small letters. */
  given: Map<string, string>;
  /** The variable that all callers hand to a parameter, by the function and the parameter: "NewClient key". Null where they differ. */
  handed: Map<string, string | null>;
  /** Functions that may end the program by themselves. */
  exits: Set<string>;
  /** Names of what reads settings through viper. */
  vipers: Set<string>;
  /** Variables that a library of settings reads for its keys; null for a key with a value of its own. */
  settings: Map<string, string | null>;
  /** Properties whose code runs where they are read. */
  properties: Set<string>;
  /** Variables that a framework puts into fields and parameters, by their names. */
  injected: Map<string, string>;
  /** Names of what holds the whole environment: `Map<String, String> vars = System.getenv()`. */
  holders: Set<string>;
  /** Flags of Go programs that are empty by themselves, by their names. */
  flags: Map<string, string>;
  /** What the names of a file hold of flags, by its tokens and between which of them. */
  flagHolders: WeakMap<readonly Token[], Map<string, { key: string; from: number; to: number }[]>>;
  /** The flags that fields hold; null for fields that also get something else. */
  flagFields: Map<string, string | null>;
  /** A host of .NET is made with the program's arguments, so that they are part of its configuration. */
  takesArguments: boolean;
  /** Paths of .NET's sections by the names that hold them. */
  sections: Map<string, string>;
}

/** A function that reads the variable whose name it is given. */
export interface BraceHelper {
  /** Which argument the name is. */
  nameAt: number;
  /** Which one is taken in the variable's place. */
  fallbackAt: number | null;
  fails: boolean;
  /** It fails where it is given nothing for the variable's place. */
  failsBare: boolean;
  /** It returns nothing without the variable, which its caller then judges: `env("A_KEY") ?: error("no key")`. */
  isNullable: boolean;
}

/** Returns the variable that a field holds in a file. Where files differ, only the file itself says. */
export function variableIn(project: BraceProject, tokens: readonly Token[], field: string): string | undefined {
  return project.contested.has(field) ? project.ownFields.get(tokens)?.get(field) : project.fields.get(field);
}

/** Records the variable that a field holds in a file. */
export function noteVariableIn(project: BraceProject, tokens: readonly Token[], field: string, key: string): void {
  const own = project.ownFields.get(tokens) ?? new Map<string, string>();
  project.ownFields.set(tokens, own);
  if (!own.has(field)) own.set(field, key);
  const known = project.fields.get(field);
  if (known === undefined) project.fields.set(field, key);
  else if (known !== key) project.contested.add(field);
}
