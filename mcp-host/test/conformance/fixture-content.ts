import { setTimeout as pause } from "node:timers/promises";

export type JsonObject = Record<string, unknown>;

/** The call as a tool or a prompt of the fixture sees it. */
export interface CallContext {
  arguments: JsonObject;
  /** Returns whether the client declared the capability. */
  supports(capability: string): boolean;
  /** Asks the client under a name of the question's own. Rejects with the client's refusal. */
  ask(name: string, method: string, params: JsonObject): Promise<JsonObject>;
  notify(method: string, params?: JsonObject): void;
  /** A log message of level info. */
  log(text: string): void;
  /** Progress out of 100, when the client asked for it. */
  progress(value: number): void;
}

export interface Tool {
  description: string;
  inputSchema: JsonObject;
  call(context: CallContext): JsonObject | Promise<JsonObject>;
}

export interface Prompt {
  description: string;
  arguments?: { name: string; description: string; required: boolean }[];
  get(context: CallContext): JsonObject[] | Promise<JsonObject[]>;
}

export class RpcError extends Error {
  readonly code: number;
  readonly data: JsonObject | undefined;

  constructor(code: number, message: string, data?: JsonObject) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** One red pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** A header and no samples. */
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";
const STEP_MS = 50;
const image = { type: "image", data: PNG, mimeType: "image/png" };

const text = (value: string) => ({ type: "text", text: value });
const answer = (...content: JsonObject[]) => ({ content });
const schema = (properties: JsonObject = {}) => ({
  type: "object",
  properties,
  ...(Object.keys(properties).length > 0 ? { required: Object.keys(properties) } : {}),
});

function elicit(context: CallContext, name: string, message: string, properties: JsonObject): Promise<JsonObject> {
  if (!context.supports("elicitation")) throw new Error("The client does not support elicitation");
  return context.ask(name, "elicitation/create", { message, requestedSchema: schema(properties) });
}

async function sample(context: CallContext, name: string, prompt: string): Promise<string> {
  if (!context.supports("sampling")) throw new Error("The client does not support sampling");
  return sampleAnyway(context, name, prompt);
}

/** As servers do that never look at what their client declared. */
async function sampleAnyway(context: CallContext, name: string, prompt: string): Promise<string> {
  const messages = [{ role: "user", content: text(prompt) }];
  const result = await context.ask(name, "sampling/createMessage", { messages, maxTokens: 100 });
  return String((result.content as { text?: unknown } | undefined)?.text);
}

async function listRoots(context: CallContext): Promise<string> {
  if (!context.supports("roots")) throw new Error("The client does not support roots");
  const { roots } = await context.ask("client_roots", "roots/list", {});
  return JSON.stringify(roots);
}

const elicited = (result: JsonObject) =>
  answer(text(`Elicitation completed: action=${String(result.action)}, content=${JSON.stringify(result.content)}`));

const field = (result: JsonObject, name: string) =>
  String((result.content as Record<string, unknown> | undefined)?.[name]);

const NAME = { name: { type: "string" } };
const CONFIRM = { ok: { type: "boolean" } };
const titled = (prefix: string, names: string[]) =>
  names.map((name, index) => ({ const: `value${index + 1}`, title: `${name} ${prefix}` }));

export const tools = new Map<string, Tool>();

function tool(name: string, description: string, call: Tool["call"], inputSchema: JsonObject = schema()): void {
  tools.set(name, { description, inputSchema, call });
}

tool("test_simple_text", "Answers with text", () => answer(text("This is a simple text response for testing.")));
tool("test_image_content", "Answers with an image", () => answer(image));
tool("test_audio_content", "Answers with audio", () => answer({ type: "audio", data: WAV, mimeType: "audio/wav" }));
tool("test_embedded_resource", "Answers with a resource", () =>
  answer({
    type: "resource",
    resource: {
      uri: "test://embedded-resource",
      mimeType: "text/plain",
      text: "This is an embedded resource content.",
    },
  }),
);
tool("test_multiple_content_types", "Answers with several kinds of content", () =>
  answer(text("Multiple content types test:"), image, {
    type: "resource",
    resource: {
      uri: "test://mixed-content-resource",
      mimeType: "application/json",
      text: JSON.stringify({ test: "data", value: 123 }),
    },
  }),
);
tool("test_error_handling", "Fails", () => {
  throw new Error("This tool intentionally returns an error for testing");
});
for (const name of ["test_tool_with_logging", "test_logging_tool"]) {
  tool(name, "Logs while it works", async (context) => {
    context.log("Tool execution started");
    await pause(STEP_MS);
    context.log("Tool processing data");
    await pause(STEP_MS);
    context.log("Tool execution completed");
    return answer(text("The tool has logged three messages."));
  });
}
tool("test_tool_with_progress", "Reports progress", async (context) => {
  for (const value of [0, 50, 100]) {
    if (value > 0) await pause(STEP_MS);
    context.progress(value);
  }
  return answer(text("The tool has reported its progress."));
});
tool(
  "test_sampling",
  "Has the client's model answer",
  async (context) =>
    answer(text(`LLM response: ${await sample(context, "sampling", String(context.arguments.prompt))}`)),
  schema({ prompt: { type: "string", description: "What the model is asked" } }),
);
tool(
  "test_elicitation",
  "Asks the user",
  async (context) => {
    const result = await elicit(context, "response", String(context.arguments.message), {
      username: { type: "string", description: "User's response" },
      email: { type: "string", description: "User's email address" },
    });
    return answer(text(`User response: action: ${String(result.action)}, content: ${JSON.stringify(result.content)}`));
  },
  schema({ message: { type: "string", description: "What the user is shown" } }),
);
tool("test_elicitation_sep1034_defaults", "Asks with a default for every type", async (context) =>
  elicited(
    await elicit(context, "defaults", "Please check these values", {
      name: { type: "string", default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true },
    }),
  ),
);
tool("test_elicitation_sep1330_enums", "Asks with every kind of choice", async (context) =>
  elicited(
    await elicit(context, "choices", "Please choose", {
      untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
      titledSingle: { type: "string", oneOf: titled("Option", ["First", "Second", "Third"]) },
      legacyEnum: {
        type: "string",
        enum: ["opt1", "opt2", "opt3"],
        enumNames: ["Option One", "Option Two", "Option Three"],
      },
      untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
      titledMulti: { type: "array", items: { anyOf: titled("Choice", ["First", "Second", "Third"]) } },
    }),
  ),
);
tool("test_input_required_result_elicitation", "Asks for a name", async (context) =>
  answer(text(`Hello, ${field(await elicit(context, "user_name", "What is your name?", NAME), "name")}!`)),
);
tool("test_input_required_result_sampling", "Asks the client's model", async (context) =>
  answer(text(await sample(context, "capital_question", "What is the capital of France?"))),
);
tool("test_input_required_result_list_roots", "Asks for the roots", async (context) =>
  answer(text(`Roots: ${await listRoots(context)}`)),
);
for (const name of ["test_input_required_result_request_state", "test_input_required_result_tampered_state"]) {
  tool(name, "Asks for a confirmation", async (context) =>
    answer(text(`state-ok ${field(await elicit(context, "confirm", "Please confirm", CONFIRM), "ok")}`)),
  );
}
tool("test_input_required_result_multiple_inputs", "Asks three things at once", async (context) => {
  const [name, greeting, roots] = await Promise.all([
    elicit(context, "user_name", "What is your name?", NAME),
    sample(context, "greeting", "Generate a greeting"),
    listRoots(context),
  ]);
  return answer(text(`${field(name, "name")}: ${greeting} ${roots}`));
});
tool("test_input_required_result_multi_round", "Asks one thing after the other", async (context) => {
  const name = await elicit(context, "step1", "Step 1: What is your name?", NAME);
  const color = await elicit(context, "step2", "Step 2: What is your favorite color?", { color: { type: "string" } });
  return answer(text(`${field(name, "name")} likes ${field(color, "color")}`));
});
tool("test_input_required_result_capabilities", "Asks what the client can be asked", async (context) => {
  const asked: Promise<unknown>[] = [];
  if (context.supports("sampling")) asked.push(sample(context, "greeting", "Generate a greeting"));
  if (context.supports("elicitation")) asked.push(elicit(context, "user_name", "What is your name?", NAME));
  return answer(text(JSON.stringify(await Promise.all(asked))));
});
tool("test_streaming_elicitation", "Reports progress, then asks", async (context) => {
  context.progress(50);
  return elicited(await elicit(context, "confirm", "Please confirm", CONFIRM));
});
tool("test_missing_capability", "Asks the client's model without looking whether it may", async (context) =>
  answer(text(await sampleAnyway(context, "sampling", "Hello"))),
);
for (const [kind, method] of [
  ["tool", "notifications/tools/list_changed"],
  ["prompt", "notifications/prompts/list_changed"],
] as const) {
  tool(`test_trigger_${kind}_change`, `Says that the list of ${kind}s has changed`, (context) => {
    context.notify(method);
    return answer(text("said"));
  });
}
tool(
  "test_custom_headers",
  "Has an argument that travels in a header too",
  (context) => answer(text(String(context.arguments.region))),
  schema({ region: { type: "string", "x-mcp-header": "Region" } }),
);
tool(
  "json_schema_2020_12_tool",
  "Has an input schema with the vocabulary of JSON Schema 2020-12",
  (context) => answer(text(JSON.stringify(context.arguments))),
  {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    $defs: {
      address: {
        $anchor: "addressDef",
        type: "object",
        properties: { street: { type: "string" }, city: { type: "string" } },
      },
    },
    properties: {
      name: { type: "string" },
      address: { $ref: "#/$defs/address" },
      contactMethod: { type: "string", enum: ["phone", "email"] },
      phone: { type: "string" },
      email: { type: "string" },
    },
    allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
    if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, in an object that is never awaited.
    then: { required: ["phone"] },
    else: { required: ["email"] },
    additionalProperties: false,
  },
);

const said = (content: JsonObject) => ({ role: "user", content });
const argument = (name: string, description: string) => ({ name, description, required: true });

export const prompts = new Map<string, Prompt>([
  [
    "test_simple_prompt",
    { description: "Takes nothing", get: () => [said(text("This is a simple prompt for testing."))] },
  ],
  [
    "test_prompt_with_arguments",
    {
      description: "Takes two arguments",
      arguments: [argument("arg1", "The first"), argument("arg2", "The second")],
      get: ({ arguments: { arg1, arg2 } }) => [
        said(text(`Prompt with arguments: arg1='${String(arg1)}', arg2='${String(arg2)}'`)),
      ],
    },
  ],
  [
    "test_prompt_with_embedded_resource",
    {
      description: "Embeds a resource",
      arguments: [argument("resourceUri", "Which resource")],
      get: ({ arguments: { resourceUri } }) => [
        said({
          type: "resource",
          resource: {
            uri: String(resourceUri),
            mimeType: "text/plain",
            text: "Embedded resource content for testing.",
          },
        }),
        said(text("Please process the embedded resource above.")),
      ],
    },
  ],
  [
    "test_prompt_with_image",
    { description: "Has an image", get: () => [said(image), said(text("Please analyze the image above."))] },
  ],
  [
    "test_input_required_result_prompt",
    {
      description: "Asks its user for a context",
      get: async (context) => {
        const properties = { context: { type: "string" } };
        const result = await elicit(context, "user_context", "What context should the prompt use?", properties);
        return [said(text(`The context is: ${field(result, "context")}`))];
      },
    },
  ],
]);

export const resources: JsonObject[] = [
  { uri: "test://static-text", name: "static-text", description: "Text", mimeType: "text/plain" },
  { uri: "test://static-binary", name: "static-binary", description: "An image", mimeType: "image/png" },
  { uri: "test://watched-resource", name: "watched-resource", description: "Changes", mimeType: "text/plain" },
];

/** The contents of a resource, null when there is none of that URI. */
export function readResource(uri: string): JsonObject | null {
  if (uri === "test://static-text") {
    return { uri, mimeType: "text/plain", text: "This is the content of the static text resource." };
  }
  if (uri === "test://static-binary") return { uri, mimeType: "image/png", blob: PNG };
  if (uri === "test://watched-resource") return { uri, mimeType: "text/plain", text: "What is watched." };
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) return null;
  const data = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
  return { uri, mimeType: "application/json", text: data };
}
