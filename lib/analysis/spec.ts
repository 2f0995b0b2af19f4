import { z } from "zod";

/**
 * Where a fact was found. `where` is "FILE:LINE", the place in a registry's or a model's answer, or for "start" what the server
 * itself said when it exited at its start; "" for an earlier start of the same version.
 */
export const provenanceSchema = z.object({
  from: z.enum([
    "server.json",
    "registry",
    "manifest.json",
    "smithery.yaml",
    "gemini-extension.json",
    "readme",
    "env-example",
    "source",
    "model",
    "start",
  ]),
  where: z.string().max(500),
});

/** A fact on which kinds of files disagree, with the claim of each. The first is of the most trusted kind. */
export const disagreementSchema = z.object({
  fact: z.enum(["required", "default"]),
  claims: z
    .array(provenanceSchema.extend({ value: z.string().max(200) }))
    .min(2)
    .max(4),
});

/** One value that a person supplies. */
export const inputSchema = z.object({
  /** The variable's name, the flag ("--api-key"), the header, the file's name, or "position 0". Unique in a spec. */
  key: z.string().min(1).max(200),
  target: z.enum(["env", "arg", "header", "file"]),
  label: z.string().max(200),
  description: z.string().max(2_000),
  type: z.enum(["string", "number", "boolean", "url", "path", "json"]),
  /** Facts that no declaration states. They advise the person, but a value that contradicts them is accepted. */
  guessed: z.array(z.enum(["type", "choices"])).optional(),
  required: z.boolean(),
  secret: z.boolean(),
  /** The server's own value, which it takes without any. It is shown, and not sent. */
  default: z.string().max(10_000).nullable(),
  /**
   * The value that the field starts with, where the server's own behavior differs: sent unless the person clears it. Absent only in
   * specs that are older than this fact, whose default is sent.
   */
  prefill: z.string().max(10_000).nullish(),
  choices: z.array(z.string().max(500)).max(200).nullable(),
  placeholder: z.string().max(500).nullable(),
  /**
   * How the value is written into its argument, with "{value}" in its place: "--api-key={value}". Only for target
   * "arg".
   */
  template: z.string().max(500).nullable(),
  provenance: z.array(provenanceSchema).max(50),
  disagreements: z.array(disagreementSchema).max(2).optional(),
  /** Certainty that the server reads this input, from 0 to 1. */
  confidence: z.number().min(0).max(1),
});

/** How to run a server. `args` are literal. Inputs with the target "arg" are appended in the spec's order. */
export const serverSchema = z.object({
  name: z.string().max(200),
  description: z.string().max(2_000),
  /** "oci": published as a container image only, whose name stands in `package`. Catwalk does not run images. */
  runtime: z.enum(["npm", "pypi", "oci", "source"]),
  package: z.string().max(214).nullable(),
  /** An exact version. */
  version: z.string().max(100).nullable(),
  /** The package's program that is the server, where its documentation names one: `npx -p PACKAGE PROGRAM`. */
  program: z.string().max(100).nullish(),
  /** The Python module that is the server: `python -m MODULE`. Never together with `program`. */
  module: z.string().max(200).nullish(),
  /** Extras of a PyPI package: `uvx --from "PACKAGE[EXTRA]" PROGRAM`. */
  extras: z.array(z.string().max(100)).max(20).optional(),
  /** npm packages of its tree with install scripts, by name; the package's own name for a Python source. Absent: not all are known. */
  installScripts: z.array(z.string().max(214)).max(100).optional(),
  args: z.array(z.string().max(4_000)).max(100),
});

export const specSchema = z.object({ server: serverSchema, inputs: z.array(inputSchema).max(200) });

export const warningSchema = z.object({
  code: z.string().max(100),
  message: z.string().max(2_000),
  /** The person has to accept it before deploying. */
  mustAccept: z.boolean(),
});

/** A group of inputs in branches, one of which has to be given: a token, or a user name with a password. */
export const alternativeSchema = z.object({
  what: z.string().max(200),
  oneOf: z
    .array(z.array(z.string().max(200)).min(1).max(20))
    .min(2)
    .max(10),
  required: z.boolean(),
});

/** Tokens of one consultation of a language model. */
export const modelUsageSchema = z.object({
  inputTokens: z.number().int().min(0),
  outputTokens: z.number().int().min(0),
  /** As the provider states it, or by the price that the operator has set. Null: unknown. */
  costUsd: z.number().min(0).nullable(),
});

export const analysisSchema = z.object({
  id: z.uuid(),
  source: z.object({
    kind: z.enum(["github", "npm", "pypi"]),
    /** What was pasted, normalized: a URL for GitHub, "npm:NAME" or "pypi:NAME". */
    canonical: z.string().max(1_000),
    owner: z.string().nullable(),
    repository: z.string().nullable(),
    ref: z.string().nullable(),
    subfolder: z.string().nullable(),
    /** The commit, or the package's exact version. */
    revision: z.string().nullable(),
    stars: z.number().nullable(),
    license: z.string().nullable(),
    avatarUrl: z.string().nullable(),
  }),
  kind: z.enum(["stdio", "source-only", "remote-only", "not-a-server"]),
  server: serverSchema,
  inputs: z.array(inputSchema).max(200),
  alternatives: z.array(alternativeSchema).max(20),
  /** The hosted URL, for the kind "remote-only". */
  remoteUrl: z.string().nullable(),
  warnings: z.array(warningSchema).max(100),
  /** Further servers of the same repository, the likeliest first. `source` is what to analyze for one. */
  otherServers: z
    .array(z.object({ name: z.string().max(214), source: z.string().max(1_000) }))
    .max(50)
    .optional(),
  /** The language model that took part, or null. */
  model: z.string().nullable(),
  /** What the model took, or null where none took part or it does not say. */
  modelUsage: modelUsageSchema.nullish(),
});

/** How far the requests go that GitHub answers without a token. */
export const gitHubLimitSchema = z.object({
  /** Requests left in this hour. */
  requestsLeft: z.number(),
  /** When the hour ends, as an ISO date; null when GitHub did not say. */
  resetsAt: z.string().max(40).nullable(),
  /** What a token would change. */
  hint: z.string().max(500),
});

export type Provenance = z.infer<typeof provenanceSchema>;
export type Disagreement = z.infer<typeof disagreementSchema>;
export type Input = z.infer<typeof inputSchema>;
export type Server = z.infer<typeof serverSchema>;
export type Warning = z.infer<typeof warningSchema>;
export type Alternative = z.infer<typeof alternativeSchema>;
export type ModelUsage = z.infer<typeof modelUsageSchema>;
export type Analysis = z.infer<typeof analysisSchema>;
export type GitHubLimit = z.infer<typeof gitHubLimitSchema>;
/** An analysis as its caller gets it. `gitHub` is there where GitHub was asked without a token. It is not stored. */
export type FreshAnalysis = Analysis & { gitHub?: GitHubLimit };
