// Shared by the browser and the server: it must import nothing of Node, nor Zod, which is larger than a page's own code.
import { warnOfSteering } from "../../analysis/inputs/steering-variables.ts";
import type { Input } from "../../analysis/spec.ts";
import { isReservedVariable, isVariableName } from "./reserved-names.ts";

/** An input that a person adds by hand. */
export interface ExtraInput {
  /** The variable, the flag or the name of a position, or the file's name. */
  key: string;
  secret: boolean;
  /** Default: "env" */
  target?: "env" | "arg" | "file" | undefined;
  /** Of a file: the variable or flag that gets its path. */
  pathTo?: string | undefined;
}

const FLAG = /^--?[A-Za-z][\w.-]{0,99}$/;
const POSITION = /^[A-Za-z][\w .-]{0,99}$/;
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}$/;

/** Returns what is wrong with an input that a person adds, as a sentence, or null. */
export function checkExtraInput({ key, target = "env", pathTo }: ExtraInput): string | null {
  switch (target) {
    case "env":
      return checkVariable(key);
    case "arg":
      return FLAG.test(key) || POSITION.test(key) ? null : "Use a flag such as --token, or a word for a position.";
    case "file":
      if (!FILE_NAME.test(key)) return "Use a plain file name, such as key.json.";
      return pathTo === undefined || pathTo === "" || FLAG.test(pathTo) ? null : checkVariable(pathTo);
  }
}

function checkVariable(name: string): string | null {
  if (!isVariableName(name)) return "Use letters, digits and underscores. The first character cannot be a digit.";
  return isReservedVariable(name) ? "This variable controls how programs start and cannot be set." : null;
}

/** Names of inputs that take the path of a file which a person has, such as a key. */
const FILE_INPUT =
  /^(?:GOOGLE_APPLICATION_CREDENTIALS|KUBECONFIG)$|(?:^|[_-])(?:KEY|CREDENTIALS?|CERT|CERTIFICATE|CA|PEM|CONFIG|SECRETS?|OAUTH|TOKEN|KEYS)[_-](?:FILE|PATH|FILE[_-]PATH)$|[_-]FILE$/i;
const FILE_AT_END = /(?:^|[/\\])([A-Za-z0-9_][\w. -]{0,60}\.[A-Za-z]{1,6})$/;

/**
 * Proposes the file whose path an input takes, for a person who has its content: nothing of theirs lies on the server's machine. Null
 * for folders, and for inputs that take no path.
 */
export function proposeFile({
  key,
  type,
  target,
  placeholder,
}: Pick<Input, "key" | "type" | "target" | "placeholder">): ExtraInput | null {
  const takesPath = target === "env" || (target === "arg" && FLAG.test(key));
  if (!takesPath || (type !== "path" && !/^(?:GOOGLE_APPLICATION_CREDENTIALS|KUBECONFIG)$/.test(key))) return null;
  const shown = FILE_AT_END.exec((placeholder ?? "").slice(-100))?.[1];
  if (shown === undefined && !FILE_INPUT.test(key)) return null;
  const name = key.replace(/^-+/, "").replace(/[_-](?:FILE|PATH)\b|[_-]FILE[_-]PATH$/gi, "");
  return {
    key: shown ?? name.toLowerCase().replaceAll("_", "-"),
    secret: true,
    target: "file",
    pathTo: key,
  };
}

/** The name of a path, as the analysis guesses it. Its tables of names are too large for a page. */
const PATH_NAME = /(?:^|[_-])(?:PATH|DIR|DIRECTORY|FOLDER|FILE)$/i;

/** Creates the input that a person adds by hand. */
export function createExtraInput({ key, secret, target = "env", pathTo = "" }: ExtraInput): Input {
  const isPath = target !== "file" && PATH_NAME.test(key);
  return {
    key,
    target,
    label: key,
    description: (target === "env" && warnOfSteering(key)) || "Added by hand.",
    type: isPath ? "path" : "string",
    ...(isPath && { guessed: ["type"] }),
    required: false,
    secret,
    default: null,
    prefill: null,
    choices: null,
    placeholder: null,
    template:
      target !== "file" || pathTo === "" ? null : pathTo.startsWith("-") ? `${pathTo} {value}` : `${pathTo}={value}`,
    provenance: [],
    confidence: 1,
  };
}
