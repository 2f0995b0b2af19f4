import { isExtraName, isModuleName, isProgramName } from "mcp-host/package-spec";
import { isExactVersion, isPackageName } from "../../analysis/package-names.ts";
import type { Input, Server } from "../../analysis/spec.ts";
import { AppError } from "../../errors/app-error.ts";
import { checkExtraInput, createExtraInput, type ExtraInput } from "./extra-inputs.ts";

const MAX_ARGS_CHARACTERS = 32 * 1024;
const MAX_EXTRA_INPUTS = 50;

/**
 * Applies a person's edits to an analyzed server and checks that it can be run. No package client can take the name or the exact
 * version for a flag, a path or a URL; arguments reach the server only.
 *
 * @throws AppError `invalid_inputs` with `fields` named "server.package" and so on; `unsupported_server` without a package
 */
export function editServer(server: Server, edits: Partial<Server> = {}): Server {
  // A program, module or extra is one of the package that the analysis found, and none of another.
  const isOtherPackage = edits.package !== undefined && edits.package !== server.package;
  const isOtherVersion = isOtherPackage || (edits.version !== undefined && edits.version !== server.version);
  const { installScripts, ...withoutScripts } = server;
  const { program: _program, module: _module, extras: _extras, ...plain } = withoutScripts;
  const known = isOtherVersion || installScripts === undefined ? {} : { installScripts };
  const edited = { ...(isOtherPackage ? plain : withoutScripts), ...known, ...edits };
  const { runtime, package: name, version, args, program, module, extras = [] } = edited;
  if (runtime === "oci") {
    throw new AppError(
      "unsupported_server",
      `It is published as a container image (${name}), which Catwalk does not run.`,
      {
        hint: "Name its npm or PyPI package and an exact version if there is one.",
      },
    );
  }
  if (runtime === "source" || name === null) {
    throw new AppError("unsupported_server", "This server is not published as a package, so it cannot be installed.", {
      hint: "Name its npm or PyPI package and an exact version if there is one.",
    });
  }
  const fields = new Map<string, string>();
  if (!isPackageName(runtime, name)) {
    fields.set("server.package", `This is not a package name of ${runtime === "npm" ? "npm" : "PyPI"}.`);
  }
  if (version === null || !isExactVersion(runtime, version)) {
    fields.set("server.version", "Give one exact version, such as 1.2.3.");
  }
  if (args.some((arg) => arg.includes("\0") || !arg.isWellFormed())) {
    fields.set("server.args", "An argument contains characters that are no text.");
  } else if (JSON.stringify(args).length > MAX_ARGS_CHARACTERS) {
    fields.set("server.args", "The arguments together are larger than 32 KB.");
  }
  if (program && !isProgramName(program)) {
    fields.set("server.program", "This is no program of a package.");
  }
  if (module && (runtime !== "pypi" || program || !isModuleName(module))) {
    fields.set("server.module", "This is no module of a Python package.");
  }
  if (extras.length > 0 && (runtime !== "pypi" || !extras.every(isExtraName))) {
    fields.set("server.extras", "These are no extras of a Python package.");
  }
  if (fields.size > 0) throw createInvalidInputsError(Object.fromEntries(fields));
  return edited;
}

/** Returns a spec's inputs and those that a person adds. Throws AppError `invalid_inputs`, `fields` by key. */
export function addInputs(inputs: Input[], extra: ExtraInput[] = []): Input[] {
  const knownKeys = new Set(inputs.map((input) => input.key));
  const added = extra.filter((input) => !knownKeys.has(input.key));
  const problems = added.flatMap((input): [string, string][] => {
    const problem = checkExtraInput(input);
    return problem === null ? [] : [[input.key.slice(0, 200), problem]];
  });
  if (problems.length > 0) throw createInvalidInputsError(Object.fromEntries(problems));
  if (added.length > MAX_EXTRA_INPUTS)
    throw createInvalidInputsError({ "": `At most ${MAX_EXTRA_INPUTS} inputs can be added.` });
  return [...inputs, ...added.map(createExtraInput)];
}

/** Creates the error for invalid values or edits, with a sentence for each field. */
export function createInvalidInputsError(fields: Record<string, string>): AppError {
  const [first] = Object.values(fields);
  const count = Object.keys(fields).length;
  return new AppError("invalid_inputs", count === 1 && first ? first : `${count} values cannot be used as they are.`, {
    hint: "Correct the fields that are named; nothing was saved.",
    fields,
  });
}
