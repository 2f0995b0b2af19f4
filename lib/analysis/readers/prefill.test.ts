import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputFinding } from "../inputs/findings.ts";
import { mergeInputs } from "../inputs/merge.ts";
import { readServerJson } from "./server-json.ts";

const declared = (members: object) =>
  readServerJson({
    path: "server.json",
    isCut: false,
    text: JSON.stringify({
      name: "io.github.acme/x",
      packages: [{ registryType: "npm", identifier: "x", ...members }],
    }),
  }).launches.flatMap(({ inputs }) => inputs);
const merged = (findings: InputFinding[]) =>
  mergeInputs(findings, null).map(({ key, default: own, prefill }) => [key, own, prefill]);

test("server.json's default of a variable is the server's own, and one of an argument is written by the client", () => {
  const findings = declared({
    environmentVariables: [
      { name: "UNITS", default: "metric" },
      { name: "MODE", value: "local" },
    ],
    packageArguments: [{ type: "named", name: "--depth", default: "3" }],
  });
  assert.deepEqual(merged(findings).toSorted(), [
    ["--depth", "3", "3"],
    ["MODE", "local", "local"],
    ["UNITS", "metric", null],
  ]);
});

test("an argument that the code has by itself is not written for it", () => {
  const findings = declared({ packageArguments: [{ type: "named", name: "--depth", default: "3" }] });
  const read: InputFinding = {
    key: "--depth",
    target: "arg",
    evidence: "read",
    provenance: { from: "source", where: "src/index.ts:3" },
    whenMissing: "default",
    default: "3",
  };
  assert.deepEqual(merged([...findings, read]), [["--depth", "3", null]]);
});
