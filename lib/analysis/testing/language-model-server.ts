import type { ServerResponse } from "node:http";
import { z } from "zod";
import { sendJson, startTestServer, type TestServer } from "./http-server.ts";

const requestSchema = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(["system", "developer", "user"]),
        content: z.union([z.string(), z.array(z.looseObject({ type: z.literal("text"), text: z.string() }))]),
      }),
    )
    .min(2),
  response_format: z.object({
    type: z.literal("json_schema"),
    json_schema: z.looseObject({
      name: z.string(),
      strict: z.literal(true),
      schema: z.record(z.string(), z.unknown()),
    }),
  }),
});

/** A request to the model. */
export interface Question {
  model: string;
  /** Text of the last message. */
  prompt: string;
}

export interface LanguageModelServerOptions {
  apiKey: string;
  /** The answer: an object is sent as JSON, a text as it is. */
  answer?: (question: Question) => unknown;
  /** Status for every request, instead of an answer. */
  status?: number;
  /** Delays every answer until this resolves. */
  hold?: Promise<void>;
  /** What the answer says of its tokens. */
  usage?: Record<string, number>;
}

/** An answer that changes nothing. */
export const EMPTY_ANSWER = { description: null, inputs: [], alternatives: [], unneeded: [] };

/**
 * Serves a language model through OpenAI's chat completions API. Strict about requests: path, key, messages, and a JSON
 * schema that follows the rules of strict mode.
 */
export async function startLanguageModelServer(options: LanguageModelServerOptions): Promise<TestServer> {
  return startTestServer(async (request, response, problem) => {
    if (request.method !== "POST" || request.url !== "/chat/completions")
      problem("only POST /chat/completions is expected");
    if (request.headers.authorization !== `Bearer ${options.apiKey}`) problem("the key is not the configured one");
    if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
      problem("the body is not declared as JSON");
    const parsed = requestSchema.safeParse(JSON.parse(request.body));
    if (!parsed.success) {
      problem(z.prettifyError(parsed.error));
      return sendJson(response, 400, { error: { message: "not the expected request" } });
    }
    for (const fault of strictFaults(parsed.data.response_format.json_schema.schema, "schema")) problem(fault);
    if (parsed.data.tools !== undefined) problem("the model is given no tools");
    await options.hold;
    if (options.status) return sendJson(response, options.status, { error: { message: "as told" } });
    const last = parsed.data.messages.at(-1)?.content ?? "";
    const prompt = typeof last === "string" ? last : last.map((part) => part.text).join("");
    const answer = options.answer ? options.answer({ model: parsed.data.model, prompt }) : EMPTY_ANSWER;
    complete(response, parsed.data.model, typeof answer === "string" ? answer : JSON.stringify(answer), options.usage);
  });
}

function complete(
  response: ServerResponse,
  model: string,
  content: string,
  usage: Record<string, number> = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
): void {
  sendJson(response, 200, {
    id: "chatcmpl-test",
    object: "chat.completion",
    created: 1_750_000_000,
    model,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage,
  });
}

/** Returns violations of strict mode: every object must require all its fields and allow no others. */
function strictFaults(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const node = schema as Record<string, unknown>;
  const faults: string[] = [];
  if (node.type === "object") {
    const properties = Object.keys((node.properties ?? {}) as object);
    const required = Array.isArray(node.required) ? node.required : [];
    if (node.additionalProperties !== false) faults.push(`${path} allows other fields`);
    for (const name of properties) if (!required.includes(name)) faults.push(`${path}.${name} is not required`);
  }
  for (const [name, value] of Object.entries(node)) {
    if (Array.isArray(value))
      faults.push(...value.flatMap((one, index) => strictFaults(one, `${path}.${name}[${index}]`)));
    else if (typeof value === "object") faults.push(...strictFaults(value, `${path}.${name}`));
  }
  return faults;
}
