import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToolView } from "../../lib/deployments/view.ts";
import { listTools } from "./tool-list.ts";

test("listTools converts any server's list to text and keeps each name once", () => {
  // As it comes from the server: only `name` and `inputSchema` were checked.
  const listed: unknown = [
    { name: "a", title: { evil: 1 }, description: ["x"], inputSchema: {}, annotations: "yes" },
    { name: "a", description: "a second one", inputSchema: {} },
    {
      name: "__proto__",
      title: " ",
      description: "kept",
      inputSchema: {},
      annotations: { readOnlyHint: true, destructiveHint: true },
    },
    { name: "b", inputSchema: {}, annotations: { destructiveHint: true, openWorldHint: true, readOnlyHint: "true" } },
  ];
  assert.deepEqual(
    listTools(listed as ToolView[]).map(({ name, title, description, claims }) => ({
      name,
      title,
      description,
      claims,
    })),
    [
      { name: "a", title: null, description: null, claims: [] },
      { name: "__proto__", title: null, description: "kept", claims: ["Read-only"] },
      { name: "b", title: null, description: null, claims: ["Can delete or overwrite data", "Uses external services"] },
    ],
  );
});
