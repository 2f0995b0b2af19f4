import type { Readable } from "node:stream";
import { ConfigError } from "./config.ts";
import { isObject } from "./protocol/json.ts";

/** Enough for every file and argument that a deployment can have. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
const FLAG = "--variables-from-stdin";

/**
 * Reads variables from the first line of standard input where the command line asks for that: one JSON object of strings. Unlike an
 * environment, a pipe cannot be read by other processes of the same user, nor does a child inherit it.
 *
 * @param argv the command line without node and script; the flag counts only before `--`
 * @returns the variables; none without the flag. The input stays open and paused
 * @throws ConfigError when the input ends before the line does, or the line is something else
 */
export async function readStdinVariables(argv: string[], input: Readable): Promise<Record<string, string>> {
  const separator = argv.indexOf("--");
  if (!(separator === -1 ? argv : argv.slice(0, separator)).includes(FLAG)) return {};
  const line = await readFirstLine(input);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = null;
  }
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === "string")) {
    throw new ConfigError(`${FLAG}: the first line of standard input must be a JSON object of strings`);
  }
  return value as Record<string, string>;
}

function readFirstLine(input: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const settle = (act: () => void) => {
      input.off("data", add).off("end", fail).off("error", fail).pause();
      act();
    };
    const add = (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n", text.length - chunk.length);
      if (end !== -1) settle(() => resolve(text.slice(0, end)));
      else if (text.length > MAX_CHARACTERS) settle(() => reject(new ConfigError(`${FLAG}: the line is too long`)));
    };
    const fail = () => settle(() => reject(new ConfigError(`${FLAG}: standard input ended before its first line`)));
    input.setEncoding("utf8").on("data", add).on("end", fail).on("error", fail);
  });
}
