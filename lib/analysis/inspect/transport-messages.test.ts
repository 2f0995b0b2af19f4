import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

const requiredBy = async (message: string) => {
  const code = `def main():\n    if not os.getenv("A_PATH"):\n        if not may_switch():\n            raise ValueError(${message})\n    mcp.run()\n`;
  return (await readDemands(pypiServer(code, ""))).required;
};

test("what is raised for a network transport, as its message says, is not raised over stdio", async () => {
  for (const message of [
    'f"`A_PATH` is required when using `{active_transport}` transport."',
    '"A_PATH must be set for the SSE transport"',
    '"A_PATH is required in HTTP mode"',
  ])
    assert.deepEqual(await requiredBy(message), [], message);
  for (const message of [
    '"A_PATH is required"',
    '"A_PATH is required for HTTP requests"',
    '"A_PATH is required when using the stdio transport"',
  ])
    assert.deepEqual(await requiredBy(message), ["A_PATH"], message);
});
