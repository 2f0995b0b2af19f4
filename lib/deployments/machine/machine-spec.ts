import type { Input } from "../../analysis/spec.ts";
import { decrypt } from "../../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../../crypto/fields.ts";
import { AppError } from "../../errors/app-error.ts";
import type { MachineFile, MachineSpec } from "../../runtime/runtime.ts";
import { isOffered } from "../inputs/check-inputs.ts";
import { prefillOf } from "../inputs/prefill.ts";
import { isReservedVariable } from "../inputs/reserved-names.ts";
import { parseStoredSpec, type StoredSpec } from "../inputs/stored-spec.ts";

/** The columns of a deployment that its machine is created from. */
export interface SpecRow {
  id: string;
  name: string;
  spec: unknown;
  hostTokenCiphertext: string | null;
  credentials: { key: string; ciphertext: string }[];
  memoryMb: number;
  region: string | null;
  alwaysOn: boolean;
  packageLock: string | null;
  packageResolution: number;
  runInstallScripts: boolean;
}

export interface OpenedSpec {
  machine: MachineSpec;
  stored: StoredSpec;
  /** Keys of the inputs that have a value. */
  given: ReadonlySet<string>;
}

/**
 * Decrypts a deployment's credentials and builds the spec of its machine. Each input goes to its target; a given value
 * precedes a prefilled one. What the server takes by itself is not sent.
 *
 * @param homePath the server's home on its machine, where files are
 * @throws AppError `encryption_key_missing` naming the deployment and the input; `machine_unavailable` without a host token
 */
export function openSpec(row: SpecRow, homePath: string): OpenedSpec {
  const stored = parseStoredSpec(row.spec);
  const values = openValues(row);
  if (row.hostTokenCiphertext === null) {
    throw new AppError("machine_unavailable", "The machine's token does not exist yet.", {
      hint: "Restart the deployment.",
    });
  }
  const hostToken = decryptField(row, HOST_TOKEN_FIELD, row.hostTokenCiphertext);
  const machine: MachineSpec = {
    deploymentId: row.id,
    package: formatPackageSpec(stored),
    program: stored.server.program ?? null,
    module: stored.server.module ?? null,
    ...(stored.install && {
      pypiBounds: { constraints: stored.install.constraints, publishedBefore: stored.install.publishedBefore },
    }),
    ...(stored.startTimeoutS && { startTimeoutS: stored.startTimeoutS }),
    packageLock: row.packageLock,
    packageResolution: row.packageResolution,
    installScripts: row.runInstallScripts ? (stored.server.installScripts ?? null) : [],
    args: [...stored.server.args],
    serverEnv: {},
    files: [],
    hostToken,
    secrets: [hostToken],
    publicVariables: [],
    size: { memoryMb: row.memoryMb, region: row.region, alwaysOn: row.alwaysOn },
  };
  const given = new Set<string>();
  for (const input of stored.inputs) {
    const value = expandHome(input, values.get(input.key) ?? prefillOf(input), homePath);
    if (value === "" || !isOffered(input)) continue;
    given.add(input.key);
    if (isSecretValue(input, value)) machine.secrets.push(value);
    else if (input.target === "env") machine.publicVariables?.push(input.key);
    placeInput(machine, input, value, homePath);
  }
  return { machine, stored, given };
}

/** A path that begins with "{home}" lies in the server's home, whose place a person cannot know before there is a machine. */
function expandHome({ type, target }: Input, value: string, homePath: string): string {
  const isPath = type === "path" && target !== "file";
  return isPath && /^\{home\}(?=\/|$)/.test(value) ? `${homePath}${value.slice("{home}".length)}` : value;
}

/** Returns whether logs must not show a value. A URL with a password is secret even where its input is not marked so. */
function isSecretValue({ secret, target }: Input, value: string): boolean {
  return secret || target === "file" || /:\/\/[^/\s@:]*:[^/\s@]*@/.test(value);
}

/** Decrypts every stored value of a deployment, by key. Throws AppError `encryption_key_missing` at the first that does not open. */
export function openValues(row: Pick<SpecRow, "id" | "name" | "credentials">): Map<string, string> {
  return new Map(row.credentials.map(({ key, ciphertext }) => [key, decryptField(row, key, ciphertext)]));
}

/** Returns whether a configured key opens the token of a deployment's machine. */
export function canOpenHostToken({ id, hostTokenCiphertext }: Pick<SpecRow, "id" | "hostTokenCiphertext">): boolean {
  if (hostTokenCiphertext === null) return false;
  try {
    decrypt(hostTokenCiphertext, { scope: id, field: HOST_TOKEN_FIELD });
    return true;
  } catch {
    return false;
  }
}

/** Fills `{value}` in an argument's template. Without a template, a flag stands before its value. */
function toArgs(input: Pick<Input, "key" | "type" | "template">, value: string): string[] {
  const { template } = input;
  if (template === null) {
    if (!input.key.startsWith("-")) return [value];
    if (input.type !== "boolean") return [input.key, value];
    return isTruthy(value) ? [input.key] : [];
  }
  if (!template.includes("{value}")) return isTruthy(value) ? [template] : [];
  // "--flag {value}" is two arguments: no shell would split them.
  const parts = /^(--?[A-Za-z0-9][\w-]*) +(.*)$/s.exec(template)?.slice(1) ?? [template];
  return parts.map((part) => part.replaceAll("{value}", () => value));
}

function placeInput(machine: MachineSpec, input: Input, value: string, homePath: string): void {
  switch (input.target) {
    case "env":
      machine.serverEnv[input.key] = value;
      break;
    case "arg":
      machine.args.push(...toArgs(input, value));
      break;
    case "file":
      placeFile(machine, input, value, homePath);
      break;
    case "header":
      break;
  }
}

/** Places a file. Its path reaches the server through the template: `NAME={value}` sets a variable, anything else is an argument. */
function placeFile(machine: MachineSpec, input: Input, content: string, homePath: string): void {
  const file: MachineFile = { name: chooseFileName(input.key, machine.files), content };
  machine.files.push(file);
  if (input.template === null) return;
  const path = `${homePath}/${file.name}`;
  const variable = /^([A-Za-z_][A-Za-z0-9_]*)=\{value\}$/.exec(input.template)?.[1];
  if (variable !== undefined && !isReservedVariable(variable)) machine.serverEnv[variable] = path;
  else machine.args.push(...toArgs(input, path));
}

/** Returns the last part of a file's key, or a numbered name where that is taken or not a plain file name. */
function chooseFileName(key: string, others: MachineFile[]): string {
  const last = key.split(/[\\/]/).at(-1) ?? "";
  const usable = /^[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}$/.test(last) && others.every((other) => other.name !== last);
  return usable ? last : `file-${others.length + 1}`;
}

function formatPackageSpec(stored: StoredSpec): string {
  const { runtime, package: name, version, extras = [] } = stored.server;
  if (runtime === "npm") return `npm:${name}@${version}`;
  return `pypi:${name}${extras.length === 0 ? "" : `[${extras.join(",")}]`}==${version}`;
}

function isTruthy(value: string): boolean {
  return /^(true|1|yes|on)$/i.test(value);
}

function decryptField(row: { id: string; name: string }, field: string, ciphertext: string): string {
  try {
    return decrypt(ciphertext, { scope: row.id, field });
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const what = field === HOST_TOKEN_FIELD ? "the token of its machine" : field;
    throw new AppError("encryption_key_missing", `No configured key opens ${what} of the deployment ${row.name}.`, {
      hint: "Add the key it was encrypted with to ENCRYPTION_KEY, after the current one, or enter the value again.",
      detail: cause.detail ?? cause.message,
      fields:
        field === HOST_TOKEN_FIELD
          ? undefined
          : { [field]: "No configured key opens the stored value; enter it again." },
      cause,
    });
  }
}
