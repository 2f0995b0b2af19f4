import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputFinding } from "./findings.ts";
import { formatLabel } from "./input-names.ts";
import { mergeInputs } from "./merge.ts";
import { toSentences } from "./sentences.ts";

for (const [written, shown] of [
  ["your api key", ""],
  ["The API key.", ""],
  ["(required)", ""],
  ["**required** - the key of your `Acme` account", "Required - the key of your Acme account."],
  ["(optional) how many days to look ahead", "How many days to look ahead."],
  ["[create one](https://acme.example/keys) in the settings", "Create one in the settings."],
  ["gRPC endpoint of the service", "gRPC endpoint of the service."],
  ["Is it on?", "Is it on?"],
  ["env var): Creates a folder (if needed)", "Creates a folder (if needed)"],
  [": Token  with\n read access", "Token with read access."],
] as const) {
  test(`a description becomes whole sentences or nothing: ${written.trim()}`, () => {
    assert.equal(toSentences(written, "API key"), shown);
  });
}

for (const [key, label] of [
  ["OPENAI_API_KEY", "OpenAI API key"],
  ["OPEN_AI_KEY", "OpenAI key"],
  ["MY_MONGO_DB_URI", "My MongoDB URI"],
  ["NEO4J_PASSWORD", "Neo4j password"],
  ["ACME_APIKEY", "Acme API key"],
  ["--baseUrl", "Base URL"],
  ["--accesstoken", "Access token"],
  ["AZURE_DEVOPS_PAT", "Azure DevOps PAT"],
  ["JIRA_CLOUD_ID", "Jira cloud ID"],
  ["USE_SLACK", "Use Slack"],
  ["AWS_REGION", "AWS region"],
  ["DSN", "DSN"],
  ["SLACK_CHANNEL_IDS", "Slack channel IDs"],
  ["CIRCLECI_TOKEN", "CircleCI token"],
  ["AUTH_JWKS_URI", "Auth JWKS URI"],
] as const) {
  test(`a name is written as people write it: ${key}`, () => {
    assert.equal(formatLabel(key), label);
  });
}

const finding = (from: InputFinding["provenance"]["from"], facts: Partial<InputFinding>): InputFinding => ({
  key: "ACME_DAYS",
  target: "env",
  evidence: from === "source" ? "read" : "declared",
  provenance: { from, where: `${from}:1` },
  ...facts,
});
const disagreements = (...findings: InputFinding[]) =>
  mergeInputs(findings, null).flatMap((input) =>
    (input.disagreements ?? []).map(({ fact, claims }) => [
      fact,
      ...claims.map(({ value, from }) => `${from}: ${value}`),
    ]),
  );

test("sources that disagree on what is required, or on the default, are both named", () => {
  assert.deepEqual(
    disagreements(
      finding("server.json", { required: true, default: "7" }),
      finding("source", { whenMissing: "default", default: "3" }),
    ),
    [
      ["required", "server.json: required", "source: optional"],
      ["default", "server.json: 7", "source: 3"],
    ],
  );
});

test("sources that agree, and examples, are no disagreement", () => {
  assert.deepEqual(
    disagreements(
      finding("server.json", { required: false, default: "https://a.example/" }),
      finding("source", { whenMissing: "default", default: "https://a.example" }),
      finding("readme", { evidence: "shown", default: "https://b.example" }),
    ),
    [],
  );
});

test("a position that is named as a secret is one", () => {
  const position = {
    ...finding("server.json", { label: "connection_string" }),
    key: "position 0",
    target: "arg" as const,
  };
  const [input] = mergeInputs([position], null);
  assert.deepEqual([input?.secret, input?.label], [true, "Connection string"]);
});

test("a piece of a sentence is no description", () => {
  for (const piece of ["/ OPENAPI_MCP_HEADERS ), if", ") sets the region", "The address of the", "Used when"]) {
    assert.equal(toSentences(piece, "Notion token"), "", piece);
  }
  assert.equal(toSentences("the port to listen on", "Server"), "The port to listen on.");
});
