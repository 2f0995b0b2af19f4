import { z } from "zod";
import { quotedLineFinder, type TextFile } from "../fetch/files.ts";
import { type Findings, type InputFinding, noFindings } from "../inputs/findings.ts";
import { isEnvName } from "../inputs/input-names.ts";
import type { Provenance } from "../spec.ts";
import { readConfigBlock } from "./config-block.ts";

const settingSchema = z.looseObject({
  name: z.string().max(200).optional().catch(undefined),
  description: z.string().max(5_000).optional().catch(undefined),
  envVar: z.string().max(200),
  sensitive: z.boolean().optional().catch(undefined),
  required: z.boolean().optional().catch(undefined),
});

const extensionSchema = z.looseObject({
  mcpServers: z.record(z.string(), z.unknown()),
  settings: z.array(z.unknown()).max(200).catch([]).default([]),
});

const NAME = "gemini-extension.json";

/**
 * Reads the gemini-extension.json with which a repository offers its server to Gemini CLI: how it runs or where it is hosted
 * (`mcpServers`), and the variables that a person is asked for (`settings`). Returns no findings for an extension without a server.
 */
export function readGeminiExtension(file: TextFile): Findings {
  const findings = noFindings();
  let parsed: z.infer<typeof extensionSchema>;
  try {
    parsed = extensionSchema.parse(JSON.parse(file.text));
  } catch {
    return findings;
  }
  const lineOf = quotedLineFinder(file.text);
  const locate = (text: string): Provenance => ({ from: NAME, where: `${file.path}:${lineOf(text)}` });
  const { launches, remotes } = readConfigBlock({ mcpServers: parsed.mcpServers }, locate("mcpServers"));
  const inputs = parsed.settings.flatMap((setting): InputFinding[] => {
    const { success, data } = settingSchema.safeParse(setting);
    if (!success || !isEnvName(data.envVar)) return [];
    const { envVar: key, name, description, sensitive, required } = data;
    return [
      {
        key,
        target: "env",
        evidence: "declared",
        provenance: locate(key),
        label: name ?? null,
        description: description ?? null,
        required: required ?? null,
        // Many extensions leave it out for secrets too.
        secret: sensitive === true ? true : null,
      },
    ];
  });
  return { ...findings, inputs, launches, remotes };
}
