import { z } from "zod";
import { quotedLineFinder, type TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isPlaceholder } from "../inputs/placeholders.ts";
import type { Input, Provenance } from "../spec.ts";
import { programName, targetOfCommand } from "./runner-command.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const configSchema = z.looseObject({
  type: z.string().optional().catch(undefined),
  title: z.string().max(1_000).optional().catch(undefined),
  description: z.string().max(5_000).optional().catch(undefined),
  required: z.boolean().optional().catch(undefined),
  sensitive: z.boolean().optional().catch(undefined),
  default: z
    .union([scalar, z.array(scalar)])
    .optional()
    .catch(undefined),
});

const manifestSchema = z.looseObject({
  display_name: z.string().max(500).optional().catch(undefined),
  name: z.string().max(500).optional().catch(undefined),
  description: z.string().max(5_000).optional().catch(undefined),
  server: z.looseObject({
    mcp_config: z
      .looseObject({
        command: z.string().max(1_000).optional().catch(undefined),
        args: z.array(z.string()).max(100).optional().catch(undefined),
        env: z.record(z.string(), z.string()).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
  }),
  user_config: z.record(z.string(), configSchema).optional().catch(undefined),
});

const MAX_VARIABLES = 300;
const REFERENCE_PATTERN = /\$\{user_config\.([\w-]+)\}/;

/**
 * Reads the manifest.json of an MCP bundle (MCPB 0.1 to 0.4, and DXT before it): user configuration, mapped to the
 * variable or argument through which the server receives it. Returns no findings for other manifests, such as a browser
 * extension's.
 */
export function readManifest(file: TextFile): Findings {
  const findings = noFindings();
  let parsed: z.infer<typeof manifestSchema>;
  try {
    parsed = manifestSchema.parse(JSON.parse(file.text));
  } catch {
    return findings;
  }
  const config = parsed.server.mcp_config;
  if (!config) return findings;
  findings.title = parsed.display_name ?? null;
  findings.description = parsed.description ?? null;
  const lineOf = quotedLineFinder(file.text);
  const locate = (key: string): Provenance => ({ from: "manifest.json", where: `${file.path}:${lineOf(key)}` });
  const inputs: InputFinding[] = [];
  for (const [name, value] of Object.entries(config.env ?? {}).slice(0, MAX_VARIABLES)) {
    const key = REFERENCE_PATTERN.exec(value)?.[1];
    const told = key === undefined ? undefined : parsed.user_config?.[key];
    if (key !== undefined && told && /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name))
      inputs.push(findingOf(name, "env", told, locate(key), null));
  }
  const args = config.args ?? [];
  const ofServer = targetOfCommand(programName(config.command ?? ""), args)?.args ?? args;
  inputs.push(...fromArguments(ofServer, parsed.user_config ?? {}, locate));
  findings.launches.push({
    registry: "source",
    package: null,
    version: null,
    args: [],
    inputs,
    isConfiguration: true,
    isNetwork: false,
    provenance: locate("server"),
  });
  return findings;
}

type Config = z.infer<typeof configSchema>;

function fromArguments(
  args: string[],
  configs: Record<string, Config>,
  locate: (key: string) => Provenance,
): InputFinding[] {
  const inputs: InputFinding[] = [];
  /** Values that the bundle gives by itself, until one follows that a person gives. */
  let written: string[] = [];
  let position = 0;
  args.forEach((arg, index) => {
    const key = REFERENCE_PATTERN.exec(arg)?.[1];
    const told = key === undefined ? undefined : configs[key];
    const before = args[index - 1] ?? "";
    const isOfFlag = /^--?[A-Za-z][\w.-]*$/.test(before);
    if (key === undefined || !told) {
      const isSubcommand = position + written.length === 0 && /^[a-z][a-z0-9-]*$/.test(arg);
      if (!arg.startsWith("-") && !isOfFlag && !isSubcommand) written.push(arg);
      return;
    }
    const inline = /^(--?[\w.-]+)=/.exec(arg)?.[1];
    if (inline) inputs.push(findingOf(inline, "arg", told, locate(key), arg.replace(REFERENCE_PATTERN, "{value}")));
    else if (isOfFlag) inputs.push(findingOf(before, "arg", told, locate(key), null));
    else {
      const found = findingOf(`position ${position + written.length}`, "arg", told, locate(key), null);
      inputs.push(...positionsOf(written, position, found), found);
      position += written.length + 1;
      written = [];
    }
  });
  return inputs;
}

/** The values that the bundle puts in front of a position. They are positions too, since a program counts them along. */
function positionsOf(written: readonly string[], from: number, { required, provenance }: InputFinding): InputFinding[] {
  return written.map((value, index) => ({
    key: `position ${from + index}`,
    target: "arg",
    evidence: "declared",
    provenance,
    required: required ?? null,
    prefill: value.includes("${") ? null : value.slice(0, 1_000),
    placeholder: value.slice(0, 200),
  }));
}

function findingOf(
  key: string,
  target: Input["target"],
  told: Config,
  provenance: Provenance,
  template: string | null,
): InputFinding {
  const written = Array.isArray(told.default) ? null : told.default;
  const fallback = written === undefined || written === null ? null : String(written).slice(0, 1_000);
  const types: Record<string, Input["type"]> = {
    number: "number",
    boolean: "boolean",
    directory: "path",
    file: "path",
  };
  return {
    key,
    target,
    evidence: "declared",
    provenance,
    required: told.required ?? false,
    secret: told.sensitive === true ? true : null,
    label: told.title ?? null,
    description: told.description ?? null,
    type: types[told.type ?? ""] ?? null,
    default: fallback !== null && !isPlaceholder(fallback, key) ? fallback : null,
    template,
  };
}
