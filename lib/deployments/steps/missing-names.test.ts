import assert from "node:assert/strict";
import { test } from "node:test";

import { testInput } from "../../analysis/testing/input.ts";
import { demandInputs, findMissingInputs } from "./missing-inputs.ts";
import { listMissingNames } from "./missing-names.ts";

const names = (...lines: string[]) => listMissingNames(lines).map(({ name, kind }) => `${kind} ${name}`);

for (const [library, lines, found] of [
  ["Python", ["Traceback (most recent call last):", "KeyError: 'NOTION_TOKEN'"], ["env NOTION_TOKEN"]],
  [
    "advice below the sentence",
    ["Error: No access token was provided.", "Run `thing auth login` first, or pass `--access-token` / `THING_TOKEN`."],
    ["env THING_TOKEN"],
  ],
  [
    "one of several flags, wrapped",
    [
      "Error: Tool registration error. Start the server with one of the following ",
      "  flags: --toolsets, --tools, --all",
    ],
    ["option --toolsets"],
  ],
  ["one of several variables", ["Please give one of: THING_TOKEN, THING_KEY"], ["env THING_TOKEN"]],
  ["another one", ["one of THESE days --or never", "It is one of the following: a, b"], []],
  [
    "pydantic",
    [
      "2 validation errors for Settings",
      "api_key",
      "  Field required [type=missing, input_value={}]",
      "base_url",
      "  Field required [type=missing]",
    ],
    ["env api_key", "env base_url"],
  ],
  [
    "pydantic 1",
    ["1 validation error for Config", "API_KEY", "  field required (type=value_error.missing)"],
    ["env API_KEY"],
  ],
  [
    "zod 3",
    [
      "ZodError: [",
      "  {",
      '    "code": "invalid_type",',
      '    "received": "undefined",',
      '    "path": [',
      '      "LINEAR_KEY"',
      "    ],",
      '    "message": "Required"',
      "  }",
      "]",
    ],
    ["env LINEAR_KEY"],
  ],
  [
    "zod 4 as Node prints it",
    [
      "issues: [ { code: 'invalid_type', path: [ 'API_TOKEN' ], message: 'Invalid input: expected string, received undefined' } ]",
    ],
    ["env API_TOKEN"],
  ],
  ["zod, pretty", ["✖ Invalid input: expected string, received undefined", "  → at API_TOKEN"], ["env API_TOKEN"]],
  [
    "t3-env",
    ["❌ Invalid environment variables: { API_TOKEN: [ 'Required' ], PORT: [ 'Must be a number' ] }"],
    ["env API_TOKEN"],
  ],
  [
    "envalid",
    [
      "================================",
      " Missing environment variables:",
      "    API_KEY: undefined",
      "    API_URL: The address",
      "",
      "Exiting",
    ],
    ["env API_KEY", "env API_URL"],
  ],
  ["envconfig", ["panic: required key API_KEY missing value"], ["env API_KEY"]],
  ["Rust", ["thread 'main' panicked at src/main.rs:4:40: API_KEY must be set: NotPresent"], ["env API_KEY"]],
  ["a sentence", ["Error: environment variables API_KEY and API_URL are required"], ["env API_KEY", "env API_URL"]],
  ["a sentence with a choice", ["Error: Either API_TOKEN or API_PASSWORD must be set"], ["env API_TOKEN"]],
  ["a request", ["Please set the GITHUB_PAT environment variable"], ["env GITHUB_PAT"]],
  [
    "argparse",
    [
      "usage: server [-h] --api-key API_KEY path",
      "server: error: the following arguments are required: -k/--api-key, path",
    ],
    ["option --api-key", "position path"],
  ],
  ["click", ["Usage: server [OPTIONS]", "", "Error: Missing option '--token'."], ["option --token"]],
  ["typer", ["╭─ Error ─────╮", "│ Missing argument 'DIRECTORY'. │"], ["position DIRECTORY"]],
  ["commander", ["error: required option '-t, --token <value>' not specified"], ["option --token"]],
  ["commander, a position", ["error: missing required argument 'directory'"], ["position directory"]],
  [
    "yargs",
    ["Options:", "  --help", "", "Missing required arguments: token, base-url"],
    ["option --token", "option --base-url"],
  ],
  [
    "clap",
    [
      "error: the following required arguments were not provided:",
      "  --token <TOKEN>",
      "  <PATH>",
      "",
      "Usage: server",
    ],
    ["option --token", "position PATH"],
  ],
  ["cobra", ['Error: required flag(s) "token", "url" not set'], ["option --token", "option --url"]],
  ["a usage text alone", ["Usage: mcp-server-files <allowed-directory> [more...]"], ["position allowed-directory"]],
] as const) {
  test(`the missing names are read from ${library}`, () => {
    assert.deepEqual(names(...lines), found);
  });
}

for (const [what, lines] of [
  ["a broken package", ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'", "  code: 'ERR_MODULE_NOT_FOUND'"]],
  ["another fault", ["Error: the moon is missing; see API_DOCS"]],
  ["a usage text below an error", ["error: unknown option '--x'", "Usage: server <directory>"]],
  ["a usage text about commands", ["Usage: server <command> [options]"]],
  ["a port in use", ["API_KEY accepted", "Error: listen EADDRINUSE"]],
  ["nothing", []],
] as const) {
  test(`no name is read from ${what}`, () => {
    assert.deepEqual(names(...lines), []);
  });
}

test("of endless output only so many names are taken", () => {
  const line = (at: number) => `VARIABLE_${at} is required ${"A_".repeat(10_000)}`;
  assert.equal(listMissingNames(Array.from({ length: 5_000 }, (_, at) => line(at))).length, 8);
});

const spec = (...inputs: ReturnType<typeof testInput>[]) => ({
  server: { name: "", description: "", runtime: "npm" as const, package: "x", version: "1.0.0", args: [] },
  inputs,
  alternatives: [],
});

test("a name leads to the input that the spec has for it", () => {
  const inputs = [
    testInput("ACME_API_KEY"),
    testInput("--region", { target: "arg" }),
    testInput("position 0", { target: "arg", label: "Directory" }),
    testInput("ACME_URL"),
  ];
  const find = (line: string, given: string[] = []) =>
    findMissingInputs([line], spec(...inputs), new Set(given)).map(({ input, isDeclared }) => [input.key, isDeclared]);
  assert.deepEqual(find("KeyError: 'acme_api_key'"), [["ACME_API_KEY", true]]);
  assert.deepEqual(find("error: the following arguments are required: --region, directory"), [
    ["--region", true],
    ["position 0", true],
  ]);
  // An option for which there is a variable is that variable, unless it was given and did not help.
  assert.deepEqual(find("Error: Missing option '--acme-url'."), [["ACME_URL", true]]);
  assert.deepEqual(find("Error: Missing option '--acme-url'.", ["ACME_URL"]), [["--acme-url", false]]);
});

test("a name that the spec does not have becomes a required input, secret by its name", () => {
  const found = findMissingInputs(["API_TOKEN and BASE_URL are required"], spec(), new Set());
  const { inputs } = demandInputs(spec(testInput("OTHER")), found);
  assert.deepEqual(
    inputs.map(({ key, label, target, required, secret, provenance }) => [
      key,
      label,
      target,
      required,
      secret,
      provenance,
    ]),
    [
      ["OTHER", "OTHER", "env", false, false, []],
      ["API_TOKEN", "API token", "env", true, true, [{ from: "start", where: "API_TOKEN and BASE_URL are required" }]],
      ["BASE_URL", "Base URL", "env", true, false, [{ from: "start", where: "API_TOKEN and BASE_URL are required" }]],
    ],
  );
});

test("a variable that steers the process, and a flag about the program itself, are never asked for", () => {
  for (const line of [
    "LD_PRELOAD is required",
    "KeyError: 'NODE_OPTIONS'",
    "Error: Missing option '--help'.",
    "UV_INDEX must be set",
  ])
    assert.deepEqual(findMissingInputs([line], spec(), new Set()), [], line);
});

test("an input of a group makes the group required, and not itself", () => {
  const inputs = [testInput("TOKEN_A"), testInput("USER_B")];
  const group = { what: "Sign-in", oneOf: [["TOKEN_A"], ["USER_B"]], required: false };
  const before = { ...spec(...inputs), alternatives: [group] };
  const after = demandInputs(before, findMissingInputs(["TOKEN_A is required"], before, new Set()));
  assert.deepEqual([after.alternatives[0]?.required, after.inputs[0]?.required], [true, false]);
});

test("a server that exits cannot ask for what steers a process", () => {
  const spec = { inputs: [] };
  for (const line of [
    "NODE_EXTRA_CA_CERTS is required",
    "KeyError: 'HTTPS_PROXY'",
    "Error: missing required environment variable GIT_SSH_COMMAND",
    "error: required option '--require <file>' not specified",
  ])
    assert.deepEqual(findMissingInputs([line], spec, new Set()), [], line);
  const [asked] = findMissingInputs(["KeyError: 'THING_TOKEN'"], spec, new Set());
  assert.equal(asked?.input.key, "THING_TOKEN");
});
