import type { Condition } from "../flow.ts";

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
}
