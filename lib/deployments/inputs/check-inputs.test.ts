import assert from "node:assert/strict";
import { test } from "node:test";
import type { Input } from "../../analysis/spec.ts";
import { testInput } from "../../analysis/testing/input.ts";
import { adviseValue, checkInputs } from "./check-inputs.ts";
import { parseEnvText } from "./env-file.ts";

type Check = (values: unknown) => ReturnType<typeof checkInputs>;

/** Returns the check of values for these inputs. */
function checkOf(
  ...[inputs, alternatives, options]: Parameters<typeof checkInputs> extends [unknown, ...infer Rest] ? Rest : never
): Check {
  return (values) => checkInputs(values, inputs, alternatives, options);
}

function errorsOf(check: Check, values: unknown): Record<string, string> {
  return check(values).problems ?? {};
}

/** Returns the accepted values. */
function valuesOf(check: Check, values: unknown): Record<string, string> {
  const { values: accepted, problems } = check(values);
  assert.equal(problems, undefined);
  return accepted ?? {};
}

const inputs = [
  testInput("API_KEY", { required: true, secret: true }),
  testInput("COUNT", { type: "number" }),
  testInput("VERBOSE", { type: "boolean" }),
  testInput("BASE_URL", { type: "url" }),
  testInput("CONFIG", { type: "json" }),
  testInput("LEVEL", { choices: ["low", "high"] }),
  testInput("REGION", { required: true, default: "eu" }),
  testInput("key.pem", { target: "file" }),
];

test("valid values pass, and only given ones are kept", () => {
  const values = valuesOf(checkOf(inputs), {
    API_KEY: "k",
    COUNT: " 1.5e3 ",
    VERBOSE: "True",
    BASE_URL: "postgres://user@db/name",
    CONFIG: '{"a":\n1}',
    LEVEL: "",
    "key.pem": "-----BEGIN\r\nabc\n",
  });
  assert.deepEqual(values, {
    API_KEY: "k",
    COUNT: "1.5e3",
    VERBOSE: "True",
    BASE_URL: "postgres://user@db/name",
    CONFIG: '{"a":\n1}',
    "key.pem": "-----BEGIN\r\nabc\n",
  });
});

for (const [what, values, key, sentence] of [
  ["a required input is absent", {}, "API_KEY", /required/],
  ["a required input is empty", { API_KEY: "" }, "API_KEY", /required/],
  ["a required input is blank", { API_KEY: "   " }, "API_KEY", /required/],
  ["a value is no text", { API_KEY: 5 }, "API_KEY", /text/],
  ["a value is an object", { API_KEY: {} }, "API_KEY", /text/],
  ["a value holds NUL", { API_KEY: "k\0" }, "API_KEY", /characters/],
  ["a value holds half a surrogate pair", { API_KEY: "k\ud800" }, "API_KEY", /characters/],
  ["a value is 1 MB long", { API_KEY: "k".repeat(1024 * 1024) }, "API_KEY", /64 KB/],
  ["a value is short in characters but long in bytes", { API_KEY: "ж".repeat(40_000) }, "API_KEY", /64 KB/],
  ["a number is none", { API_KEY: "k", COUNT: "many" }, "COUNT", /number/],
  ["a number is hexadecimal", { API_KEY: "k", COUNT: "0x10" }, "COUNT", /number/],
  ["a boolean is none", { API_KEY: "k", VERBOSE: "maybe" }, "VERBOSE", /true or false/],
  ["a URL has no scheme", { API_KEY: "k", BASE_URL: "example.com" }, "BASE_URL", /full URL/],
  ["a URL is a script", { API_KEY: "k", BASE_URL: "javascript:alert(1)" }, "BASE_URL", /full URL/],
  ["JSON is broken", { API_KEY: "k", CONFIG: "{a}" }, "CONFIG", /JSON/],
  ["a choice is none of them", { API_KEY: "k", LEVEL: "middle" }, "LEVEL", /low, high/],
  ["a key is unknown", { API_KEY: "k", NOBODY: "x" }, "NOBODY", /no input/],
  ["a key is __proto__", JSON.parse('{"API_KEY":"k","__proto__":"x"}'), "__proto__", /no input/],
] as const) {
  test(`a value is refused at its field: ${what}`, () => {
    const errors = errorsOf(checkOf(inputs), values);
    assert.deepEqual(Object.keys(errors), [key]);
    assert.match(errors[key] ?? "", sentence);
  });
}

for (const [key, value, fields] of [
  ["JIRA_CUSTOM_HEADERS", "X-A=b,X-C=d", { type: "url" }],
  ["MINIO_ENDPOINT", "host:9000", { type: "url" }],
  ["MONGODB_URI", "mongodb://a:27017,b:27017,c:27017/db?replicaSet=rs0", { type: "url" }],
  ["DATABASE_URL", "sqlite:////data/app.db", { type: "url" }],
  ["MILVUS_URI", "./milvus.db", { type: "url" }],
  ["MAX_UPLOAD_SIZE", "10MB", { type: "number" }],
  ["REQUEST_TIMEOUT", "30s", { type: "number" }],
  ["PORT_RANGE", " 8000-9000 ", { type: "number" }],
  ["ENABLED_TOOLS", "search, fetch", { type: "boolean" }],
  ["EXTRA_CONFIG", "{a: 1}", { type: "json" }],
  ["LOG_LEVEL", "TRACE", { choices: ["debug", "info"] }],
] as const) {
  const declared = testInput(key, fields as Partial<Input>);
  const fact = "choices" in fields ? "choices" : "type";
  test(`a guessed ${fact} accepts ${key}=${value} as it is and advises`, () => {
    const guessed = { ...declared, guessed: [fact] } as Input;
    assert.deepEqual(valuesOf(checkOf([guessed]), { [key]: value }), { [key]: value });
    if (guessed.type === "url" && value.includes("://")) assert.equal(adviseValue(guessed, value), null);
    else assert.match(adviseValue(guessed, value) ?? "", /as it is/);
  });
}

test("a declared URL accepts the forms of database drivers", () => {
  const check = checkOf([testInput("DSN", { type: "url" })]);
  for (const DSN of [
    "mongodb://a:1,b:2/db",
    "sqlite:////data/app.db",
    "redis+sentinel://a:1,b:2/0",
    "postgres:///db",
  ]) {
    assert.deepEqual(valuesOf(check, { DSN }), { DSN });
  }
  for (const DSN of ["http://", "https:///path", "http://exa mple.com"]) {
    assert.match(errorsOf(check, { DSN }).DSN ?? "", /full URL/);
  }
});

test("a flag without a value accepts no other value", () => {
  const check = checkOf([testInput("--read-only", { target: "arg", type: "boolean", guessed: ["type"] })]);
  assert.match(errorsOf(check, { "--read-only": "sometimes" })["--read-only"] ?? "", /true or false/);
});

test("a value of several lines is kept byte for byte", () => {
  const values = {
    API_KEY: "-----BEGIN PRIVATE KEY-----\r\nMIIB\n\n-----END PRIVATE KEY-----\n",
    REGION: "\ta\u000b\u2028b \n",
  };
  assert.deepEqual(valuesOf(checkOf(inputs), values), values);
  assert.match(adviseValue(testInput("API_KEY"), "k\n") ?? "", /ends with a space or line break/);
  assert.equal(adviseValue(testInput("API_KEY"), values.API_KEY), null);
});

test("all bad fields are named at once", () => {
  const errors = errorsOf(checkOf(inputs), { COUNT: "x", VERBOSE: "x", NOBODY: "x" });
  assert.deepEqual(Object.keys(errors).sort(), ["API_KEY", "COUNT", "NOBODY", "VERBOSE"]);
});

test("anything but an object is refused", () => {
  for (const values of [null, [], "x", 5]) assert.deepEqual(Object.keys(errorsOf(checkOf(inputs), values)), [""]);
});

test("the total size of all values has a limit", () => {
  const three = ["A", "B", "C"].map((key) => testInput(key));
  const half = "x".repeat(50_000);
  assert.match(errorsOf(checkOf(three), { A: half, B: half, C: `${half}x` }).C ?? "", /larger than 100 KB/);
  assert.deepEqual(errorsOf(checkOf(three), { A: half }), {});
});

test("a stored value satisfies a required input unless it is removed", () => {
  const check = checkOf(inputs, [], { alreadySet: ["API_KEY"] });
  assert.deepEqual(valuesOf(check, {}), {});
  assert.match(errorsOf(check, { API_KEY: "" }).API_KEY ?? "", /required/);
});

test("a file satisfies the required variable or flag that gets its path, alone and in a choice", () => {
  const file = testInput("key.json", { target: "file", template: "KEY_FILE={value}" });
  const flag = testInput("ca.pem", { target: "file", template: "--ca {value}" });
  const both = [
    testInput("KEY_FILE", { required: true }),
    testInput("--ca", { target: "arg", required: true }),
    file,
    flag,
  ];
  const check = checkOf(both);
  assert.deepEqual(errorsOf(check, { "key.json": "{}", "ca.pem": "pem" }), {});
  assert.deepEqual(Object.keys(errorsOf(check, { "key.json": "{}" })), ["--ca"]);
  const group = { what: "", oneOf: [["TOKEN"], ["KEY_FILE"]], required: true };
  const choice = checkOf([testInput("TOKEN"), testInput("KEY_FILE"), file], [group]);
  assert.deepEqual(errorsOf(choice, { "key.json": "{}" }), {});
});

test("one branch of alternatives has to be complete", () => {
  const fields = ["TOKEN", "USER", "PASSWORD"].map((key) => testInput(key, { required: key === "TOKEN" }));
  const group = { what: "sign-in", oneOf: [["TOKEN"], ["USER", "PASSWORD"]], required: true };
  const check = checkOf(fields, [group]);
  assert.deepEqual(errorsOf(check, { TOKEN: "t" }), {});
  assert.deepEqual(errorsOf(check, { USER: "u", PASSWORD: "p" }), {});
  assert.deepEqual(errorsOf(check, { USER: "u" }), { PASSWORD: "PASSWORD is needed together with USER." });
  assert.deepEqual(errorsOf(check, {}), {
    TOKEN: "Sign-in: give TOKEN, or USER and PASSWORD.",
    USER: "Sign-in: give TOKEN, or USER and PASSWORD.",
  });
  const optional = checkOf(fields, [{ ...group, required: false }]);
  assert.deepEqual(errorsOf(optional, {}), {});
  assert.deepEqual(Object.keys(errorsOf(optional, { PASSWORD: "p" })), ["USER"]);
});

test("variables that steer node or python are neither asked for nor accepted, and headers are not kept", () => {
  const fields = [
    testInput("NODE_OPTIONS", { required: true }),
    testInput("LD_PRELOAD"),
    testInput("A=B"),
    testInput("X-Api-Key", { target: "header", required: true }),
  ];
  const check = checkOf(fields);
  assert.deepEqual(valuesOf(check, { "X-Api-Key": "x" }), {});
  assert.deepEqual(Object.keys(errorsOf(check, { NODE_OPTIONS: "--require x", LD_PRELOAD: "x", "A=B": "x" })), [
    "NODE_OPTIONS",
    "LD_PRELOAD",
    "A=B",
  ]);
});

test("a pasted .env is read in the ways people write it", () => {
  const text = [
    "\uFEFF# a comment",
    "PLAIN=value",
    "export EXPORTED=yes # why",
    "  SPACED = some words  ",
    'DOUBLE="two # words\\n\\"quoted\\"" # comment',
    "SINGLE='raw $HOME \\n'",
    "HASH=a#b",
    "EMPTY=",
    "NOTHING_BUT_A_COMMENT= # nothing",
    'MULTI="first',
    'second"',
    "TWICE=one",
    "TWICE=two",
    "URL=postgres://u:p@h/db?x=1&y=2",
    "no line of this kind",
    "=value",
    "__proto__=x",
  ].join("\r\n");
  const values = parseEnvText(text);
  assert.deepEqual(Object.entries(values), [
    ["PLAIN", "value"],
    ["EXPORTED", "yes"],
    ["SPACED", "some words"],
    ["DOUBLE", 'two # words\n"quoted"'],
    ["SINGLE", "raw $HOME \\n"],
    ["HASH", "a#b"],
    ["EMPTY", ""],
    ["NOTHING_BUT_A_COMMENT", ""],
    ["MULTI", "first\nsecond"],
    ["TWICE", "two"],
    ["URL", "postgres://u:p@h/db?x=1&y=2"],
    ["__proto__", "x"],
  ]);
});

test("any pasted text is read in linear time", () => {
  const started = performance.now();
  parseEnvText(`A="${"\\".repeat(200_000)}`);
  parseEnvText(`${'A="'.repeat(50_000)}`);
  parseEnvText(" ".repeat(300_000));
  assert.ok(performance.now() - started < 20_000);
});
