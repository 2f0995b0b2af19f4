import assert from "node:assert/strict";
import { test } from "node:test";
import { pypiServer, readDemands } from "../testing/repositories.ts";

test("a helper that checks several values at once demands each of them", async () => {
  const code =
    "def main():\n    if not all([os.getenv('A_URL'), os.getenv('A_NAME')]):\n        raise ValueError('no')\n    mcp.run()\n";
  assert.deepEqual((await readDemands(pypiServer(code, ""))).required, ["A_NAME", "A_URL"]);
});
