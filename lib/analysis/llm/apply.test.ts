import assert from "node:assert/strict";
import { test } from "node:test";
import type { Input } from "../spec.ts";
import { fileSet } from "../testing/files.ts";
import { testInput } from "../testing/input.ts";
import { EMPTY_ANSWER } from "../testing/language-model-server.ts";
import type { Draft } from "../types.ts";
import type { ModelAnswer, ModelInput } from "./answer.ts";
import { applyAnswer } from "./apply.ts";

const DRAFT: Draft = {
  source: {
    kind: "github",
    canonical: "https://github.com/acme/thing",
    owner: "acme",
    repository: "thing",
    ref: null,
    subfolder: null,
    revision: "0",
    stars: null,
    license: null,
    avatarUrl: null,
  },
  kind: "stdio",
  server: { name: "Thing", description: "", runtime: "npm", package: "thing-mcp", version: "1.0.0", args: [] },
  inputs: [],
  alternatives: [],
  remoteUrl: null,
  warnings: [],
  model: null,
};

const told = (key: string, more: Partial<ModelInput> = {}): ModelInput => ({
  key,
  target: key.startsWith("-") || key.startsWith("position ") ? "arg" : "env",
  label: null,
  description: null,
  required: null,
  secret: null,
  type: null,
  file: null,
  line: null,
  quote: null,
  ...more,
});

interface World {
  inputs?: [string, Partial<Input>?][];
  files: Record<string, string>;
  /** Names that the scan saw. Those of the inputs are among them. */
  seen?: string[];
  bare?: string[];
  demanded?: string[];
  alternatives?: Draft["alternatives"];
}

const AT_CODE: Input["provenance"] = [{ from: "source", where: "src/index.ts:1" }];

/**
 * Applies an answer whose claims name the line that has a text. The scan read the files below src/.
 *
 * @param claims what the model says, each with a text of the line that it names
 */
function apply(
  { inputs = [], files, seen = [], bare = [], ...more }: World,
  claims: (at: Locate) => Partial<ModelAnswer>,
) {
  const locate: Locate = (text) => {
    for (const [file, content] of Object.entries(files)) {
      const line = content.split("\n").findIndex((one) => one.includes(text));
      if (line >= 0) return { file, line: line + 1, quote: text };
    }
    throw new Error(`no file has ${text}`);
  };
  const draft = {
    ...DRAFT,
    inputs: inputs.map(([key, facts]) => testInput(key, { provenance: AT_CODE, ...facts })),
    alternatives: more.alternatives ?? [],
  };
  const keys = new Set([...seen, ...inputs.map(([key]) => key)]);
  const settled = {
    demanded: new Set(more.demanded ?? []),
    seen: {
      paths: new Set(Object.keys(files).filter((path) => path.startsWith("src/"))),
      keys,
      used: keys,
      bare: new Set(bare),
    },
    paths: Object.keys(files),
  };
  const result = applyAnswer(draft, { ...EMPTY_ANSWER, ...claims(locate) }, fileSet(files), settled);
  return {
    ...result,
    keys: result.inputs.map((one) => one.key),
    required: result.inputs.filter((one) => one.required).map((one) => one.key),
    secrets: result.inputs.filter((one) => one.secret).map((one) => one.key),
  };
}
type Locate = (text: string) => { file: string; line: number; quote: string };

/** Returns which of the keys a model gets added, naming for each the line that has the text. */
function addedOf(world: World, claims: [string, string][]): string[] {
  return apply(world, (at) => ({ inputs: claims.map(([key, text]) => told(key, at(text))) })).keys;
}

/** Returns what is required once a model said so of each key, naming the line that has the text. */
function requiredOf(world: World, claims: [string, string][], required = true): string[] {
  return apply(world, (at) => ({ inputs: claims.map(([key, text]) => told(key, { required, ...at(text) })) })).required;
}

/** Returns what is left once a model left out each key, naming the line that has the text. */
function leftOf(world: World, claims: [string, string][]): string[] {
  return apply(world, (at) => ({ unneeded: claims.map(([key, text]) => ({ key, ...at(text) })) })).keys;
}

test("a model adds what the server's own code reads and the scan did not see", () => {
  const files = {
    "src/index.ts": [
      "const a = settings.get('LATE_KEY');",
      "const b = settings.get('A_SEEN');",
      "const LOCAL_SCHEMA = process.env.OTHER;",
      "const timeout = config.getNumber(",
      "  'REQUEST_TIMEOUT',",
      ");",
      "settings['WRITTEN_TOO'] = 1;",
      "options.append('APPENDED_NAME');",
      "const table = { field: 'A_COLUMN', env: 1 };",
      "describe: 'Names of tools. Can also be set via TOOL_NAMES environment variable.',",
      "const note = 'Set env NOTED_KEY';",
      "SCHEMA_KEY: stringFromEnv,",
      "RENAMED_KEY: fromEnv(process.env.OTHER_KEY),",
      `const text = "\${INTERPOLATED}";`,
    ].join("\n"),
    "src/lib.rs": `let json = r#"\n  "url": "\${WRITTEN_URL:}",\n"#;\n`,
    "demo/route.ts": "const d = process.env.DEMO_TOKEN;\n",
  };
  const added = addedOf({ files, seen: ["A_SEEN"] }, [
    ["LATE_KEY", "'LATE_KEY'"],
    ["A_SEEN", "'A_SEEN'"],
    ["LOCAL_SCHEMA", "LOCAL_SCHEMA"],
    ["REQUEST_TIMEOUT", "'REQUEST_TIMEOUT'"],
    ["WRITTEN_TOO", "WRITTEN_TOO"],
    ["APPENDED_NAME", "APPENDED_NAME"],
    ["A_COLUMN", "A_COLUMN"],
    ["TOOL_NAMES", "TOOL_NAMES"],
    ["NOTED_KEY", "NOTED_KEY"],
    ["SCHEMA_KEY", "SCHEMA_KEY"],
    ["RENAMED_KEY", "RENAMED_KEY"],
    ["INTERPOLATED", "INTERPOLATED"],
    ["WRITTEN_URL", "WRITTEN_URL"],
    ["DEMO_TOKEN", "DEMO_TOKEN"],
  ]);
  assert.deepEqual(added, ["LATE_KEY", "REQUEST_TIMEOUT", "TOOL_NAMES", "SCHEMA_KEY", "WRITTEN_URL"]);
});

test("a name that code puts together is added where documentation writes it whole", () => {
  const files = {
    "src/server.py": 'key = os.getenv(f"THING_{provider.upper()}_API_KEY")\nlog(f"OTHER_{x}_NAME")\n',
    "README.md": "Set `THING_COHERE_API_KEY`, `OTHER_BIG_NAME` or `AWS_SECRET_ACCESS_KEY`.\n",
  };
  const added = addedOf({ files }, [
    ["THING_COHERE_API_KEY", "THING_COHERE_API_KEY"],
    ["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"],
  ]);
  assert.deepEqual(added, ["THING_COHERE_API_KEY"]);
});

test("a name left out for what it looks like is added where code reads it and documentation names it", () => {
  const files = {
    "src/index.ts": "open(process.env.LOG_FILE);\nopen(process.env.LOG_DIR);\nrun(process.env.NODE_OPTIONS);\n",
    "README.md": "`LOG_FILE`: where to write.\n`NODE_OPTIONS`: anything.\n",
  };
  const world = { files, seen: ["LOG_FILE", "LOG_DIR", "NODE_OPTIONS"] };
  const added = addedOf(world, [
    ["LOG_FILE", "process.env.LOG_FILE"],
    ["LOG_DIR", "process.env.LOG_DIR"],
    ["NODE_OPTIONS", "process.env.NODE_OPTIONS"],
  ]);
  assert.deepEqual(added, ["LOG_FILE"]);
});

test("a sentence about one input alone makes it required or optional", () => {
  const files = {
    "README.md": [
      "- **File** (requires `A_FILE` env var)",
      "A_FILE is required when A_MODE is file.",
      "A_MODE is required.",
      "A_KEY is required, B_KEY too.",
      "B_KEY is optional.",
    ].join("\n"),
  };
  const inputs: World["inputs"] = [["A_FILE"], ["A_MODE"], ["A_KEY"], ["B_KEY", { required: true }]];
  const claims: [string, string][] = [
    ["A_FILE", "requires `A_FILE`"],
    ["A_FILE", "A_FILE is required when"],
    ["A_MODE", "A_MODE is required."],
    ["A_KEY", "A_KEY is required, B_KEY"],
  ];
  assert.deepEqual(requiredOf({ inputs, files }, claims), ["A_MODE", "B_KEY"]);
  assert.deepEqual(requiredOf({ inputs, files }, [["B_KEY", "B_KEY is optional"]], false), []);
  // What the code fails without stays required.
  assert.deepEqual(requiredOf({ inputs, files, demanded: ["B_KEY"] }, [["B_KEY", "B_KEY is optional"]], false), [
    "B_KEY",
  ]);
});

test("the one credential that code has no fallback for is required, and the address beside it", () => {
  const files = {
    "src/server.py": [
      'url = os.getenv("THING_URL")',
      'token = os.getenv("THING_TOKEN")',
      "client = Client(THING_URL, token=THING_TOKEN, team=THING_TEAM)",
    ].join("\n"),
  };
  const inputs: World["inputs"] = [["THING_URL"], ["THING_TOKEN", { secret: true }], ["THING_TEAM"]];
  const claims: [string, string][] = [
    ["THING_URL", "Client("],
    ["THING_TEAM", "Client("],
    ["THING_TOKEN", "Client("],
  ];
  const bare = ["THING_URL", "THING_TOKEN", "THING_TEAM"];
  assert.deepEqual(requiredOf({ inputs, files, bare }, claims), ["THING_URL", "THING_TOKEN"]);
  assert.deepEqual(requiredOf({ inputs, files, bare: ["THING_URL", "THING_TEAM"] }, claims), []);
  const early = claims.map(([key]): [string, string] => [key, key]);
  assert.deepEqual(requiredOf({ inputs, files, bare }, early), []);
  const two: World["inputs"] = [...inputs, ["OTHER_TOKEN", { secret: true }]];
  assert.deepEqual(requiredOf({ inputs: two, files, bare }, claims), []);
});

test("a variable that is replaced without a default is required where others have one", () => {
  const files = { "src/lib.rs": `  "url": "\${THING_URL}",\n  "password": "\${THING_PASSWORD:}",\n` };
  const claims: [string, string][] = [
    ["THING_URL", "THING_URL"],
    ["THING_PASSWORD", "THING_PASSWORD"],
  ];
  assert.deepEqual(requiredOf({ inputs: [["THING_URL"], ["THING_PASSWORD"]], files }, claims), ["THING_URL"]);
});

test("what only tests, a network transport, a script or another program needs is left out", () => {
  const from = (where: string, kind: "readme" | "source" | "env-example" = "readme"): Partial<Input> => ({
    provenance: [{ from: kind, where }],
  });
  const files = {
    "README.md": [
      "`KEEP_ALIVE`: seconds between pings of SSE connections",
      "`TIMEOUT_MS`: seconds that an HTTP request may take, with a long sentence behind it that in its end names the SSE connections",
      "docker run -d \\",
      "  -e OTHER_KEY \\",
      "  example/web-ui:latest",
      "docker run -i --rm \\",
      "  -e OWN_KEY \\",
      "  acme/thing",
    ].join("\n"),
    ".env.example": "# TEST_CALENDAR=\n",
    "src/index.ts":
      "if (process.env.A_HOSTING) startHttpServer();\nconst b = tag('env:A_BUILD help:http server of the test');\n",
    ".scripts/launch.ts": "const cmd = process.env.LAUNCH_CMD;\n",
  };
  const inputs: World["inputs"] = [
    ["KEEP_ALIVE", from("README.md:1")],
    ["TIMEOUT_MS", from("README.md:2")],
    ["OTHER_KEY", { secret: true, ...from("README.md:4") }],
    ["OWN_KEY", { secret: true, ...from("README.md:7") }],
    ["TEST_CALENDAR", from(".env.example:1", "env-example")],
    ["A_HOSTING"],
    ["A_BUILD"],
    ["LAUNCH_CMD", from(".scripts/launch.ts:1", "source")],
  ];
  const claims = inputs.map(([key]): [string, string] => [key, key]);
  assert.deepEqual(leftOf({ inputs, files }, claims), ["TIMEOUT_MS", "OWN_KEY", "A_BUILD"]);
  // What is required, declared or part of a choice stays.
  const kept: World["inputs"] = [
    ["KEEP_ALIVE", { required: true }],
    ["A_HOSTING", { provenance: [{ from: "server.json", where: "server.json:1" }] }],
    ["LAUNCH_CMD"],
  ];
  const alternatives = [{ what: "Any", oneOf: [["LAUNCH_CMD"], ["OTHER"]], required: false }];
  assert.deepEqual(leftOf({ inputs: kept, files, alternatives }, claims), ["KEEP_ALIVE", "A_HOSTING", "LAUNCH_CMD"]);
});

test("a part of a name gives way to the whole name that the answer adds", () => {
  const files = {
    "src/main.go": 'value := os.Getenv("THING_MCP_" + key)\nname := translate("SERVER_LABEL")\n',
    "README.md": "`THING_MCP_SERVER_LABEL` renames the server.\n",
  };
  const { keys } = apply({ inputs: [["SERVER_LABEL"]], files }, (at) => ({
    inputs: [told("THING_MCP_SERVER_LABEL", at("renames the server"))],
    unneeded: [{ key: "SERVER_LABEL", ...at('translate("SERVER_LABEL")') }],
  }));
  assert.deepEqual(keys, ["THING_MCP_SERVER_LABEL"]);
});

test("a line that names two inputs and a choice makes a group of them", () => {
  const files = {
    "README.md": "Give A_KEY or A_MODE.\nA_URL and/or A_PLACE are headers.\n",
    "src/cli.rs":
      '"<ALLOWED_DIRECTORIES> is required when `--enable-roots` is not provided"\n"A_URL or A_ORG must be set. "\n',
  };
  const inputs: World["inputs"] = [
    ["A_KEY", { required: true }],
    ["A_MODE"],
    ["position 0", { target: "arg", label: "Allowed directories" }],
    ["ENABLE_ROOTS"],
    ["A_URL"],
    ["A_ORG"],
    ["A_PLACE"],
  ];
  const result = apply({ inputs, files }, (at) => ({
    alternatives: [
      { what: "Any", oneOf: [["A_KEY"], ["A_MODE"]], required: false, ...at("Give A_KEY or A_MODE.") },
      { what: "Any", oneOf: [["position 0"], ["ENABLE_ROOTS"], ["--enable-roots"]], required: true, ...at("ALLOWED") },
      { what: "Any", oneOf: [["A_URL"], ["A_ORG"]], required: true, ...at("must be set") },
      { what: "Any", oneOf: [["A_URL"], ["A_PLACE"]], required: false, ...at("and/or") },
      { what: "Any", oneOf: [["A_MODE"], ["A_ORG"]], required: true, ...at("must be set") },
    ],
  }));
  assert.deepEqual(
    result.alternatives.map(({ oneOf, required }) => [oneOf, required]),
    [
      [[["position 0"], ["ENABLE_ROOTS"]], true],
      [[["A_URL"], ["A_ORG"]], true],
    ],
  );
  // "A or B" does not tell that B does for what requires A.
  assert.deepEqual(result.required, ["A_KEY"]);
});

test("a value that code compares with true or false is shown, and the address of a secret is not masked", () => {
  const files = {
    "src/index.ts": 'const mask = process.env.MASK_SECRETS !== "false";\nconst t = process.env.A_TOKEN;\n',
  };
  const inputs: World["inputs"] = [
    ["MASK_SECRETS", { secret: true }],
    ["A_TOKEN", { secret: true }],
    ["A_TOKEN_URL", { description: "URL of the token." }],
    ["A_RATIO", { description: "Token expiration ratio." }],
    ["A_PIN", { description: "Your account password." }],
  ];
  const { secrets } = apply({ inputs, files }, (at) => ({
    inputs: [
      told("MASK_SECRETS", { secret: false, ...at("MASK_SECRETS") }),
      told("A_TOKEN", { secret: false, ...at("A_TOKEN") }),
      ...["A_TOKEN_URL", "A_RATIO", "A_PIN"].map((key) => told(key, { secret: true })),
    ],
  }));
  assert.deepEqual(secrets, ["A_TOKEN", "A_PIN"]);
});

test("what documentation says of an input stays, and a comment of the code gives way to the model's words", () => {
  const readme: Input["provenance"] = [{ from: "readme", where: "README.md:1" }];
  const inputs: World["inputs"] = [
    ["A_REGION", { description: "Where things are.", provenance: readme }],
    ["B_REGION", { description: "see above" }],
  ];
  const { inputs: all } = apply({ inputs, files: { "README.md": "A_REGION" } }, () => ({
    inputs: ["A_REGION", "B_REGION"].map((key) => told(key, { description: "The region of your account." })),
  }));
  assert.deepEqual(
    all.map((one) => one.description),
    ["Where things are.", "The region of your account."],
  );
});

/** A server whose region has a default in the code, which a model that reads the files knows. */
const KNOWN: NonNullable<World["inputs"]> = [
  ["A_TOKEN", { secret: true }],
  ["A_URL"],
  ["A_OLD", { required: true }],
  ["A_REGION", { default: "eu" }],
];
const CODE = { "src/index.ts": "const region = process.env.A_REGION ?? 'eu';" };

test("an answer that is right about what the code settles is believed where no line shows a claim", () => {
  const judged = [
    told("A_TOKEN", { required: true }),
    told("A_OLD", { required: false }),
    told("A_REGION", { required: false }),
  ];
  const world = { inputs: KNOWN, files: CODE, demanded: ["A_OLD"] };
  assert.deepEqual(apply(world, () => ({ inputs: judged })).required, ["A_TOKEN"]);
  // It contradicts itself.
  const doubtful = [...judged, told("A_TOKEN", { required: false })];
  assert.deepEqual(apply(world, () => ({ inputs: doubtful })).required, []);
  // A switch is settled as well.
  const withSwitch = { ...world, inputs: [...KNOWN.slice(0, 3), ["--fast", { target: "arg", type: "boolean" }]] };
  const ofSwitch = [told("A_TOKEN", { required: true }), told("--fast", { required: false })];
  assert.deepEqual(apply(withSwitch as World, () => ({ inputs: ofSwitch })).required.sort(), ["A_OLD", "A_TOKEN"]);
});

test("an answer that is wrong about what the code settles, or says nothing of it, is not believed", () => {
  const world = { inputs: KNOWN, files: CODE };
  const claims = [told("A_TOKEN", { required: true }), told("A_OLD", { required: false })];
  const choice = { what: "x", oneOf: [["A_TOKEN"], ["A_URL"]], required: true, file: null, line: null, quote: null };
  const answers: ModelInput[][] = [
    claims,
    [...claims, told("A_REGION", { required: true })],
    [...claims, told("A_REGION")],
    [...claims, told("A_REGION", { required: false }), told("A_REGION", { required: true })],
  ];
  for (const inputs of answers) {
    const result = apply(world, () => ({ inputs, alternatives: [choice] }));
    assert.deepEqual([result.required, result.alternatives], [["A_OLD"], []]);
  }
  // An address on the machine itself is no value that anyone's service has, so that a claim about it tells nothing.
  const local: World = { inputs: [["A_TOKEN"], ["A_URL", { default: "http://localhost:3000" }]], files: CODE };
  const right = [told("A_TOKEN", { required: true }), told("A_URL", { required: false })];
  assert.deepEqual(apply(local, () => ({ inputs: right })).required, []);
});

test("a believed answer judges choices, masks and leaves out, and adds, gives and shows nothing that no line proves", () => {
  const settled = told("A_REGION", { required: false });
  const place = { file: null, line: null, quote: null };
  const group = (oneOf: string[][], required = true) => ({ what: "Ways", oneOf, required, ...place });
  const draft = [{ what: "One of two", oneOf: [["A_TOKEN"], ["A_URL"]], required: true }];
  const judge = (inputs: ModelInput[], alternatives: ReturnType<typeof group>[], has = draft) => {
    const result = apply({ inputs: KNOWN, files: CODE, alternatives: has }, () => ({
      inputs: [settled, ...inputs],
      alternatives,
    }));
    return { required: result.required, groups: result.alternatives.map(({ oneOf }) => oneOf) };
  };
  // One of the two is required alone.
  assert.deepEqual(judge([told("A_TOKEN", { required: true })], []), { required: ["A_TOKEN", "A_OLD"], groups: [] });
  // Another group takes its place.
  assert.deepEqual(judge([], [group([["A_TOKEN", "A_URL"], ["A_OLD"]])]), {
    required: [],
    groups: [[["A_TOKEN", "A_URL"], ["A_OLD"]]],
  });
  // What the answer does not speak of stays.
  assert.deepEqual(judge([], []), { required: ["A_OLD"], groups: [[["A_TOKEN"], ["A_URL"]]] });
  // The other way is a flag that was dropped for the variable.
  assert.deepEqual(judge([], [group([["A_URL"], ["--url"]])], []), { required: ["A_URL", "A_OLD"], groups: [] });
  const result = apply({ inputs: KNOWN, files: CODE }, () => ({
    inputs: [
      settled,
      told("AWS_SECRET_ACCESS_KEY", { required: true }),
      told("A_TOKEN", { secret: false }),
      told("A_OLD", { secret: true }),
    ],
    unneeded: [
      { key: "A_URL", ...place },
      { key: "A_OLD", ...place },
    ],
  }));
  assert.deepEqual(result.keys, ["A_TOKEN", "A_OLD", "A_REGION"]);
  assert.deepEqual([result.secrets, result.inputs.at(-1)?.default], [["A_TOKEN", "A_OLD"], "eu"]);
  // What documentation shows stays.
  const shown: World = {
    inputs: [
      ["A_URL", { provenance: [...AT_CODE, { from: "readme", where: "README.md:1" }] }],
      ["A_REGION", { default: "eu" }],
    ],
    files: CODE,
  };
  const kept = apply(shown, () => ({ inputs: [settled], unneeded: [{ key: "A_URL", ...place }] }));
  assert.deepEqual(kept.keys, ["A_URL", "A_REGION"]);
});
