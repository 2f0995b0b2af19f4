import assert from "node:assert/strict";
import { test } from "node:test";
import { readManifest } from "./manifest.ts";

const fill = (name: string) => `\${${name}}`;
const ENTRY = `${fill("__dirname")}/server/index.js`;

/** The arguments that a bundle's manifest tells of: their keys, whether they are required, and what they are given. */
function argumentsOf(
  command: string,
  ...args: string[]
): [string, boolean | null | undefined, string | null | undefined][] {
  const manifest = {
    server: { mcp_config: { command, args } },
    user_config: { key: { type: "string", required: true }, dir: { type: "directory" } },
  };
  const { launches } = readManifest({ path: "manifest.json", text: JSON.stringify(manifest), isCut: false });
  return (launches[0]?.inputs ?? []).map(({ key, required, prefill }) => [key, required, prefill]);
}

test("what a bundle writes itself in front of a person's argument takes a position of its own", () => {
  assert.deepEqual(argumentsOf("node", ENTRY, "Thing Server", "https://acme.dev/sse", fill("user_config.key")), [
    ["position 0", true, "Thing Server"],
    ["position 1", true, "https://acme.dev/sse"],
    ["position 2", true, undefined],
  ]);
  assert.deepEqual(argumentsOf("python", ENTRY, `${fill("HOME")}/data`, fill("user_config.dir")), [
    ["position 0", false, null],
    ["position 1", false, undefined],
  ]);
});

test("the server's file, a subcommand, and what belongs to an option are no positions", () => {
  const dir = fill("user_config.dir");
  for (const [command, args] of [
    ["node", [ENTRY, dir]],
    ["uv", ["run", "--directory", fill("__dirname"), "server/main.py", dir]],
    ["npx", ["-y", "thing-mcp", "serve", "--log", "debug", dir]],
    [`${fill("__dirname")}/bin/thing`, [dir, "https://acme.dev"]],
  ] as const)
    assert.deepEqual(argumentsOf(command, ...args), [["position 0", false, undefined]], command);
  assert.deepEqual(argumentsOf("node", ENTRY, "--dir", dir, "https://acme.dev"), [["--dir", false, undefined]]);
});
