import type { InputFinding, LaunchFinding, RemoteFinding } from "../inputs/findings.ts";
import { isEnvName, isHostingOnlyName, isNetworkTransport, isTransportName } from "../inputs/input-names.ts";
import { isPlainText } from "../plain-text.ts";
import type { Provenance } from "../spec.ts";
import { commandInRuntime, isServiceImage } from "./general-images.ts";
import { readInspectorCommand } from "./inspector-command.ts";
import {
  argsBehindEntryPoint,
  type CommandTarget,
  isBridge,
  isHelperPackage,
  isRuntime,
  isShell,
  programName,
  targetOfCommand,
  unwrapCommand,
} from "./runner-command.ts";
import { readArguments } from "./server-arguments.ts";
import { isSetUpScript } from "./set-up-scripts.ts";
import { parseShell } from "./shell.ts";

export interface Command {
  command: string;
  args: string[];
  /** Variables set for the command. */
  env: { name: string; value: string; description?: string }[];
}

export interface CommandFindings {
  launch: LaunchFinding | null;
  remote: RemoteFinding | null;
}

const NO_FINDINGS: CommandFindings = { launch: null, remote: null };

/**
 * Parses a command for running a server: which package it starts, from which registry, with which literal arguments,
 * and which values a person fills in.
 */
export function readCommand(given: Command, provenance: Provenance): CommandFindings {
  // A person who reads the documentation would see another command.
  if (![given.command, ...given.args].every(isPlainText)) return NO_FINDINGS;
  const unwrapped = unwrapCommand(given.command, given.args);
  if (unwrapped === null) return NO_FINDINGS;
  const program = programName(unwrapped.command);
  const args = unwrapped.args.flatMap(wordsOf);
  const env = [...given.env, ...assignedBefore(given)];
  if (program === "docker" || program === "podman" || program === "container") {
    return dockerRun(args, env, provenance);
  }
  const target = targetOfCommand(program, args);
  if (target === null) return NO_FINDINGS;
  if (target.package !== null && isBridge(target.package)) {
    const url = target.args.find((arg) => /^https:\/\//.test(arg));
    return { launch: null, remote: url ? { url, provenance } : null };
  }
  if (target.package !== null && isHelperPackage(target.package)) return NO_FINDINGS;
  if (isSetUp(target.args)) return NO_FINDINGS;
  if (isSetUpScript(target)) return { launch: launchOf({ ...target, args: [] }, [], provenance), remote: null };
  const isInspected = readInspectorCommand(programName(given.command), given.args) !== null;
  return { launch: { ...launchOf(target, env, provenance), isInspected }, remote: null };
}

/** Words of an argument that holds a name with its options, as a shell would part them: `thing-mcp --transport stdio`. */
function wordsOf(arg: string): string[] {
  return /^[\w@./-]{1,200}\s+--?[a-z]/i.test(arg) && arg.length <= MAX_WORDS_LENGTH
    ? (parseShell(arg)[0]?.words ?? [arg])
    : [arg];
}

const MAX_WORDS_LENGTH = 500;

/** A subcommand or flag that signs in, installs or checks something and ends: no way to serve. It may stand behind what it is about: `mcp add`. */
function isSetUp(args: string[]): boolean {
  const [first = ""] = args;
  if (SET_UP.test(first)) return true;
  const words = args.slice(0, MAX_SUBCOMMANDS);
  const end = words.findIndex((word) => !/^[a-z][a-z-]{0,30}$/.test(word));
  return words.slice(1, end < 0 ? words.length : end).some((word) => ADMINISTERS.test(word));
}

const SET_UP =
  /^(--?)?(auth|authenticate|login|logout|signin|setup|init|install|uninstall|configure|deploy|doctor|migrate|upgrade|update|version|help|list|test)$|^(add|install|setup)(-[a-z]{1,20})?$/;
const ADMINISTERS = /^(add|install|uninstall|setup|init|login|logout|list|deploy)$/;
const MAX_SUBCOMMANDS = 3;

function launchOf(target: CommandTarget, given: Command["env"], provenance: Provenance): LaunchFinding {
  const { pairs, others } = variablesAmong(target.args);
  const env = [...given, ...pairs.filter(({ name }) => !given.some((one) => one.name === name))];
  const listens = env.some(({ name }) => /(^|_)(HTTP|SSE)_(PORT|HOST)$/.test(name));
  // An example of everything also sets what only its listener needs.
  const soften = (input: InputFinding): InputFinding =>
    listens && isHostingOnlyName(input.key) ? { ...input, evidence: "mentioned" } : input;
  const inputs = env.flatMap((pair) => envFinding(pair, provenance)).map(soften);
  const { literal, found } = readArguments(others, provenance);
  return {
    registry: target.registry,
    package: target.package,
    version: target.version,
    program: target.program,
    module: target.module,
    extras: target.extras,
    args: literal,
    inputs: [...inputs, ...found],
    isConfiguration: false,
    isNetwork:
      isNetworkCommand(target.args) || env.some((pair) => isTransportName(pair.name) && isNetworkTransport(pair.value)),
    provenance,
  };
}

/** The variables in front of a command that `env`, an inspector or a Linux on Windows starts. */
function assignedBefore({ command, args }: Command): Command["env"] {
  const inspected = readInspectorCommand(programName(command), args);
  if (inspected) return variablesAmong(inspected.before).pairs;
  if (!/^(env|wsl)$/.test(programName(command))) return [];
  const end = args.findIndex((arg) => !/^-/.test(arg) && !ASSIGNMENT.test(arg));
  return variablesAmong(end < 0 ? args : args.slice(0, end)).pairs;
}

const ASSIGNMENT = /^([A-Z][A-Z0-9_]{1,99})=([\s\S]*)$/;

/**
 * Takes the variables out of a server's arguments: `thing-mcp --env A_KEY=x`, `thing-mcp -e A_KEY=x`, `thing-mcp A_KEY=x`. People write
 * them behind the command, where the client that they have in mind takes them.
 */
function variablesAmong(args: string[]): { pairs: Command["env"]; others: string[] } {
  const pairs: Command["env"] = [];
  const others: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? "";
    const isOption = /^(-e|-v|--env|--env-var)$/.test(word) && ASSIGNMENT.test(args[index + 1] ?? "");
    const written = isOption ? (args[index + 1] ?? "") : (/^(?:-e|--env)=(.+)$/s.exec(word)?.[1] ?? word);
    const [, name = "", value = ""] = ASSIGNMENT.exec(written) ?? [];
    // Alone, and without a "_", it may be a setting of the program's own, and behind an option it is that option's value.
    const isBare = name.includes("_") && !/^-[^=]*$/.test(args[index - 1] ?? "");
    if (isEnvName(name) && (isOption || written !== word || isBare)) pairs.push({ name, value });
    else others.push(...args.slice(index, index + (isOption ? 2 : 1)));
    if (isOption) index += 1;
  }
  return { pairs, others };
}

function isNetworkCommand(args: readonly string[]): boolean {
  return args.some((arg, index) => {
    const inline = /^--?(?:transport|mode|t)=(.+)$/.exec(arg)?.[1];
    const behind = /^--?(transport|mode|t)$/.test(arg) ? args[index + 1] : undefined;
    const word = inline ?? behind ?? /^--?(sse|http|streamable-?http)$/i.exec(arg)?.[1] ?? (index === 0 ? arg : "");
    return isNetworkTransport(word);
  });
}

function envFinding(pair: Command["env"][number], provenance: Provenance): InputFinding[] {
  if (!/^[A-Za-z_][A-Za-z0-9_.]{0,99}$/.test(pair.name)) return [];
  return [
    {
      key: pair.name,
      target: "env",
      evidence: "shown",
      provenance,
      placeholder: pair.value.trim().slice(0, 200) || null,
      default: null,
      description: pair.description ?? null,
    },
  ];
}

/** Options of `docker run` without a value. Every other one takes the next word, unless it has a "=". */
const DOCKER_SWITCH =
  /^(-[ditqP]|--(detach|interactive|tty|rm|init|privileged|publish-all|read-only|no-healthcheck|oom-kill-disable|quiet|sig-proxy|help))$/;

/** Whether the options of `docker run` start a program that is reached over the network: it publishes a port or runs by itself, and has no input. */
function isListening(options: string[]): boolean {
  const isInteractive = options.some((option) => /^(?:-[dtqP]*i[ditqP]*|--interactive)$/.test(option));
  const isOfNetwork = options.some((option) =>
    /^(?:-p|-P$|-[itqP]*d[itqP]*$|--(?:publish(?:-all)?|detach)(?:=|$))/.test(option),
  );
  return isOfNetwork && !isInteractive;
}

/** `docker run`: the variables that it passes, the image, and the arguments behind it. */
function dockerRun(args: string[], env: Command["env"], provenance: Provenance): CommandFindings {
  const run = args.indexOf("run");
  if (run < 0) return NO_FINDINGS;
  // Docker's own variables say where docker runs.
  const values = new Map(env.filter(({ name }) => !/^(DOCKER|PODMAN)_/.test(name)).map((pair) => [pair.name, pair]));
  let index = run + 1;
  let entryPoint: string | null = null;
  for (let word = args[index]; word?.startsWith("-"); word = args[index]) {
    const inline = /^(?:-e|--env)=?(.+)$/.exec(word)?.[1];
    const written = word === "-e" || word === "--env" ? args[index + 1] : inline;
    const pair = /^([A-Z][A-Z0-9_]*)(?:=([\s\S]*))?$/.exec(written ?? "");
    if (pair?.[1] && isEnvName(pair[1]) && !values.has(pair[1]))
      values.set(pair[1], { name: pair[1], value: pair[2] ?? "" });
    if (word === "--entrypoint") entryPoint = args[index + 1] ?? null;
    else entryPoint ??= /^--entrypoint=(.+)$/.exec(word)?.[1] ?? null;
    const isAttached = word.includes("=") || /^-[A-Za-z]./.test(word);
    index += isAttached || DOCKER_SWITCH.test(word) ? 1 : 2;
  }
  const image = args[index];
  if (image === undefined || !/^[a-z0-9][\w./:@${}-]*$/i.test(image)) return NO_FINDINGS;
  if (isServiceImage(image)) return NO_FINDINGS;
  const behind = args.slice(index + 1);
  const inner = entryPoint ? null : commandInRuntime(image, behind);
  if (inner) return readCommand({ ...inner, env: [...values.values()] }, provenance);
  const [started = "", ...rest] = entryPoint ? [entryPoint, ...behind] : behind;
  const isReplaced = entryPoint !== null || isShell(started) || isRuntime(started);
  const ofServer = isReplaced ? argsBehindEntryPoint(started, image, rest) : behind;
  if (ofServer === null || isSetUp(ofServer)) return NO_FINDINGS;
  const target: CommandTarget = {
    registry: "oci",
    package: image.slice(0, 214),
    version: null,
    program: null,
    module: null,
    extras: [],
    args: ofServer,
  };
  const launch = launchOf(target, [...values.values()], provenance);
  return { launch: { ...launch, isListening: isListening(args.slice(run + 1, index)) }, remote: null };
}
