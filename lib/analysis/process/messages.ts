import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../../errors/codes.ts";
import { analysisSchema, gitHubLimitSchema } from "../spec.ts";

// The messages between the app and the process that reads sources: one JSON object a line. Requests come through the process's
// standard input, replies through REPLY_FD.

/** File descriptor of the replies. Standard output stays free for libraries that print. */
export const REPLY_FD = 3;
/** Upper limit of what one analysis may send back: a draft, excerpts for a language model, and progress. */
export const MAX_REPLY_BYTES = 2 * 1024 * 1024;
/** A longer draft is shortened, so that the app parses it within milliseconds. */
export const MAX_DRAFT_CHARACTERS = 400_000;

/** Limits of what is handed over of the scan: more names than the sources that are read at once have. */
export const MAX_SEEN = 2_000;
export const MAX_SEEN_LENGTH = 500;

const sourceSchema = z.union([
  z.object({
    kind: z.literal("github"),
    owner: z.string(),
    repository: z.string(),
    refPath: z.array(z.string()),
    isFile: z.boolean(),
    canonical: z.string(),
  }),
  z.object({
    kind: z.enum(["npm", "pypi", "name"]),
    name: z.string(),
    version: z.string().nullable(),
    canonical: z.string(),
  }),
]);

export const requestSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("read"),
    source: sourceSchema,
    gitHub: z.object({ apiUrl: z.string(), token: z.string().nullable() }),
    /** A language model takes part, so the files that it is shown are wanted. */
    wantsExcerpts: z.boolean(),
    /** After this time, in milliseconds, requests that still wait for an answer are given up. */
    timeoutMs: z.number(),
  }),
  /** Answers `located`: whether the files are to be read. */
  z.object({ type: z.literal("proceed"), isNeeded: z.boolean() }),
]);

const progressSchema = z.object({
  step: z.string().max(100),
  label: z.string().max(500),
  status: z.enum(["running", "done", "skipped", "failed"]),
  detail: z.string().max(2_000).optional(),
});

const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

/** Names of files or of what they read. */
const seenNames = z.array(z.string().max(MAX_SEEN_LENGTH)).max(MAX_SEEN);

export const replySchema = z.discriminatedUnion("type", [
  /** The program is loaded. */
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("progress"), event: progressSchema }),
  /** The source and its revision are known. The process waits for `proceed`. */
  z.object({
    type: z.literal("located"),
    source: analysisSchema.shape.source,
    limit: gitHubLimitSchema.nullable(),
  }),
  z.object({
    type: z.literal("read"),
    draft: analysisSchema.omit({ id: true }),
    limit: gitHubLimitSchema.nullable(),
    demanded: z.array(z.string().max(200)).max(1_000),
    seen: z.object({ paths: seenNames, keys: seenNames, used: seenNames, bare: seenNames }),
    excerpts: z.array(z.object({ path: z.string(), text: z.string() })).max(100),
  }),
  /** An AppError. */
  z.object({
    type: z.literal("refused"),
    code: z.enum(codes),
    message: z.string().max(2_000),
    hint: z.string().max(2_000).nullable(),
    choices: z
      .array(z.object({ source: z.string().max(500), description: z.string().max(1_000) }))
      .max(5)
      .optional(),
    retryAfterS: z.number().optional(),
  }),
  /** A defect, for the log. */
  z.object({ type: z.literal("failed"), message: z.string().max(4_000) }),
]);

export type ReadRequest = Extract<z.infer<typeof requestSchema>, { type: "read" }>;
export type Request = z.infer<typeof requestSchema>;
export type Reply = z.infer<typeof replySchema>;
export type LocatedReply = Extract<Reply, { type: "located" }>;
export type ReadReply = Extract<Reply, { type: "read" }>;
