import { z } from "zod";
import { quotedLineFinder, type TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, type LaunchFinding, noFindings, warning } from "../inputs/findings.ts";
import { isTransportName } from "../inputs/input-names.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import { isRuntimeFlag } from "../inputs/steering-variables.ts";
import { isExactVersion, isPackageName } from "../package-names.ts";
import { isPlainText } from "../plain-text.ts";
import type { Input, Provenance } from "../spec.ts";

const MAX_MEMBERS = 200;
const MAX_PACKAGES = 20;

const text = z.string().max(20_000).optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);

const valueSchema = z.looseObject({
  description: text,
  isRequired: flag,
  is_required: flag,
  isSecret: flag,
  is_secret: flag,
  /** Some files write the fields of JSON Schema. */
  required: flag,
  secret: flag,
  format: text,
  default: z.union([z.string(), z.number(), z.boolean()]).optional().catch(undefined),
  placeholder: text,
  choices: z.array(z.string()).optional().catch(undefined),
  value: text,
});
type Value = z.infer<typeof valueSchema>;

const variables = z.record(z.string(), valueSchema).optional().catch(undefined);
const keyValueSchema = valueSchema.extend({ name: z.string(), variables });
const argumentSchema = valueSchema.extend({
  type: text,
  name: text,
  valueHint: text,
  value_hint: text,
  variables,
});
type Argument = z.infer<typeof argumentSchema>;
/** Old files write an argument as plain text; what is no argument at all costs itself alone. */
const argumentsSchema = listOf(
  z.union([
    argumentSchema,
    z
      .string()
      .max(4_000)
      .transform((value): Argument => ({ type: "positional", value })),
  ]),
);

/** The valid members of a list. One member that is malformed must not lose the others. */
function listOf<T extends z.ZodType>(member: T) {
  return z
    .array(z.unknown())
    .transform((list) =>
      list.slice(0, MAX_MEMBERS).flatMap((one) => {
        const parsed = member.safeParse(one);
        return parsed.success ? [parsed.data] : [];
      }),
    )
    .optional()
    .catch(undefined);
}

const packageSchema = z.looseObject({
  registryType: text,
  registry_type: text,
  registry_name: text,
  registryBaseUrl: text,
  registry_base_url: text,
  identifier: text,
  name: text,
  version: text,
  transport: z.looseObject({ type: text }).optional().catch(undefined),
  runtimeArguments: argumentsSchema,
  runtime_arguments: argumentsSchema,
  packageArguments: argumentsSchema,
  package_arguments: argumentsSchema,
  environmentVariables: listOf(keyValueSchema),
  environment_variables: listOf(keyValueSchema),
});

const serverSchema = z.looseObject({
  name: text,
  title: text,
  description: text,
  packages: listOf(packageSchema),
  remotes: listOf(z.looseObject({ type: text, url: text })),
});

/**
 * Reads a server.json of the MCP registry (schemas 2025-07-09 to 2025-12-11; the first used underscores), also nested
 * under "server", as registries and older files have it.
 */
export function readServerJson(file: TextFile): Findings {
  const findings = noFindings();
  let parsed: unknown;
  try {
    parsed = JSON.parse(file.text);
  } catch {
    return { ...findings, warnings: [warning("server_json_unreadable", `${file.path} is not JSON and was left out.`)] };
  }
  const nested = typeof parsed === "object" && parsed !== null && "server" in parsed ? parsed.server : parsed;
  const server = serverSchema.safeParse(nested);
  if (!server.success) {
    return {
      ...findings,
      warnings: [
        warning("server_json_unreadable", `${file.path} is no server.json of the MCP registry and was left out.`),
      ],
    };
  }
  const { packages = [], remotes = [] } = server.data;
  findings.mcpName = server.data.name ?? null;
  findings.title = server.data.title ?? null;
  findings.description = server.data.description ?? null;
  const lineOf = quotedLineFinder(file.text);
  const locate = (needle: string): Provenance => ({ from: "server.json", where: `${file.path}:${lineOf(needle)}` });
  for (const one of packages.slice(0, MAX_PACKAGES)) {
    const launch = readPackage(one, locate);
    if (launch) findings.launches.push(launch);
  }
  for (const remote of remotes) {
    if (remote.url && /^https:\/\//.test(remote.url))
      findings.remotes.push({ url: remote.url.slice(0, 1_000), provenance: locate("remotes") });
  }
  return findings;
}

type Locate = (needle: string) => Provenance;

/** A container image, with its registry, tag and digest. */
const IMAGE_NAME = /^[a-z0-9][\w./:@-]{0,213}$/i;
const IMAGE_TAG = /^\w[\w.-]{0,99}$/;

function isVersion(registry: "npm" | "pypi" | "oci", version: string): boolean {
  return registry === "oci" ? IMAGE_TAG.test(version) : isExactVersion(registry, version);
}

function readPackage(one: z.infer<typeof packageSchema>, locate: Locate): LaunchFinding | null {
  const kind = (one.registryType ?? one.registry_type ?? one.registry_name ?? "").toLowerCase();
  const registry = kind === "npm" || kind === "pypi" || kind === "oci" ? kind : kind === "docker" ? "oci" : null;
  const written = one.identifier ?? one.name;
  const identifier = registry === "oci" ? withRegistryHost(written, one) : written;
  if (registry === null || !identifier || (one.transport?.type && one.transport.type !== "stdio")) return null;
  const isName = registry === "oci" ? IMAGE_NAME.test(identifier) : isPackageName(registry, identifier);
  if (!isName) return null;
  const inputs: InputFinding[] = [];
  for (const variable of one.environmentVariables ?? one.environment_variables ?? []) {
    inputs.push(...keyValue(variable, locate));
  }
  const runtimeArguments = one.runtimeArguments ?? one.runtime_arguments ?? [];
  const misplaced = registry === "oci" ? [] : runtimeArguments.filter(isServerOption);
  const own = [...(one.packageArguments ?? one.package_arguments ?? []), ...misplaced];
  // Their order or letters would be shown otherwise than they are.
  const isShown = own.every((one) => isPlainText(`${one.name ?? ""}${one.value ?? ""}`));
  const { literal, found } = packageArguments(isShown ? own : [], locate);
  inputs.push(...found);
  if (registry === "oci") inputs.push(...dockerVariables(runtimeArguments, locate));
  return {
    registry,
    package: identifier,
    version: one.version && isVersion(registry, one.version) ? one.version : null,
    args: literal,
    inputs,
    isConfiguration: true,
    isNetwork: false,
    provenance: locate(written ?? identifier),
  };
}

/** An image's name with the host of its registry, which files for the older schemas state apart. Docker Hub has none. */
function withRegistryHost(name: string | undefined, one: z.infer<typeof packageSchema>): string | undefined {
  const base = one.registryBaseUrl ?? one.registry_base_url;
  const host = base && URL.canParse(base) ? new URL(base).host : "";
  const [first = "", ...rest] = name?.split("/", 2) ?? [];
  const hasHost = rest.length > 0 && /[.:]/.test(first);
  return !name || hasHost || host === "" || /(^|\.)docker\.(io|com)$/.test(host) ? name : `${host}/${name}`;
}

function base(key: string, target: Input["target"], value: Value, provenance: Provenance): InputFinding {
  const fallback = value.default === undefined ? null : String(value.default).slice(0, 1_000);
  return {
    key,
    target,
    evidence: "declared",
    provenance,
    // A variable of which nothing is said may still be demanded elsewhere; an argument is optional then.
    required: value.isRequired ?? value.is_required ?? value.required ?? (target === "arg" ? false : null),
    secret: value.isSecret ?? value.is_secret ?? value.secret ?? null,
    description: value.description?.slice(0, 2_000) ?? null,
    type: typeOfFormat(value.format),
    default: fallback !== null && !isPlaceholder(fallback, key) ? fallback : null,
    // Of arguments the specification says that the client writes them.
    prefill: target === "arg" && fallback !== null && !isPlaceholder(fallback, key) ? fallback : null,
    placeholder: value.placeholder?.slice(0, 200) ?? null,
    choices: value.choices?.length ? value.choices.slice(0, 200).map((choice) => choice.slice(0, 500)) : null,
  };
}

/** Options that npx and uvx have themselves. Others that stand among their options are the server's, in the wrong list. */
const RUNNER_OPTION =
  /^--?(y|yes|p|package|c|call|q|quiet|from|with|with-editable|with-requirements|python|index|index-url|prerelease|refresh|isolated|directory|registry|node-options|no-cache)$/;

function isServerOption(one: Argument): boolean {
  return one.type === "named" && /^--?[a-z]/i.test(one.name ?? "") && !RUNNER_OPTION.test(one.name ?? "");
}

function typeOfFormat(format: string | undefined): Input["type"] | null {
  if (format === "number" || format === "boolean") return format;
  return format === "filepath" ? "path" : null;
}

/** Reads a variable. A fixed value with `{name}` takes its facts from the entry of that name in `variables`. */
function keyValue(variable: z.infer<typeof keyValueSchema>, locate: Locate): InputFinding[] {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(variable.name) || isTransportName(variable.name)) return [];
  const filled = Object.values(variable.variables ?? {})[0];
  const own = base(variable.name, "env", variable, locate(variable.name));
  if (!filled)
    return [
      variable.value !== undefined && variable.default === undefined
        ? {
            ...own,
            default: plainDefault(variable.value, variable.name),
            prefill: plainDefault(variable.value, variable.name),
          }
        : own,
    ];
  return [
    {
      ...own,
      required: variable.isRequired ?? filled.isRequired ?? null,
      secret: variable.isSecret ?? filled.isSecret ?? null,
      description: own.description ?? filled.description ?? null,
    },
  ];
}

function plainDefault(value: string, key: string): string | null {
  return value.includes("{") || isPlaceholder(value, key) ? null : value.slice(0, 1_000);
}

function packageArguments(list: Argument[], locate: Locate): { literal: string[]; found: InputFinding[] } {
  const literal: string[] = [];
  const found: InputFinding[] = [];
  let position = 0;
  for (const one of list) {
    const isNamed = one.type === "named" && one.name !== undefined;
    const variable = Object.entries(one.variables ?? {})[0];
    const isFixed = one.value !== undefined && variable === undefined && !/\{\w+\}/.test(one.value);
    if (isNamed && one.name) {
      const name = flagName(one.name);
      if (name === null || isRuntimeFlag(name)) continue;
      if (isFixed) literal.push(name, one.value ?? "");
      else if (
        one.value === undefined &&
        one.default === undefined &&
        one.valueHint === undefined &&
        !one.isRequired &&
        one.format === "boolean"
      ) {
        found.push({ ...base(name, "arg", one, locate(one.name)), type: "boolean" });
      } else if (
        one.isRequired &&
        one.value === undefined &&
        one.format === undefined &&
        one.valueHint === undefined &&
        !one.description
      )
        literal.push(name);
      else if (!isTransportName(name))
        found.push(base(name, "arg", { ...one, ...(variable?.[1] ?? {}) }, locate(one.name)));
    } else if (isFixed && !isRuntimeFlag(one.value ?? "")) literal.push(one.value ?? "");
    else if (isFixed) continue;
    else {
      const hint = one.valueHint ?? one.value_hint ?? variable?.[0] ?? one.name;
      found.push({
        ...base(
          `position ${position}`,
          "arg",
          { ...one, ...(variable?.[1] ?? {}) },
          locate(hint ?? "packageArguments"),
        ),
        label: hint?.slice(0, 200) ?? null,
      });
      position += 1;
    }
  }
  return { literal, found };
}

/** The flag alone: some files write `--directory <path>` or `--mode=fast` for its name. Null where that is no flag. */
function flagName(written: string): string | null {
  const name = /^-{0,2}[A-Za-z0-9][\w.-]*(?=$|[\s=<[])/.exec(written.trim().slice(0, 200))?.[0] ?? null;
  return name === null || name.startsWith("-") ? name : `--${name}`;
}

/** Images get their variables as `-e NAME={value}` among the arguments of docker. */
function dockerVariables(list: Argument[], locate: Locate): InputFinding[] {
  return list.flatMap((one) => {
    const pair = /^([A-Z][A-Z0-9_]*)=?(.*)$/s.exec(one.value ?? "");
    if ((one.name !== "-e" && one.name !== "--env") || !pair?.[1] || isTransportName(pair[1])) return [];
    const filled = Object.values(one.variables ?? {})[0];
    const isRequired = one.isRequired ?? filled?.isRequired ?? false;
    const told = { ...filled, ...one, isRequired, isSecret: filled?.isSecret ?? one.isSecret };
    return [base(pair[1], "env", told, locate(one.value ?? ""))];
  });
}
