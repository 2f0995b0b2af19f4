import assert from "node:assert/strict";
import { test } from "node:test";
import type { Server } from "../../analysis/spec.ts";
import { AppError } from "../../errors/app-error.ts";
import { editServer } from "./server-edits.ts";

const server: Server = {
  name: "Server",
  description: "",
  runtime: "pypi",
  package: "pkg",
  version: "1.0",
  args: [],
  program: "pkg-mcp",
  extras: ["web"],
};

test("a server keeps its program and extras, and loses them when a person names another package", () => {
  assert.deepEqual(editServer(server, { version: "2.0" }), { ...server, version: "2.0" });
  const { program: _program, extras: _extras, ...plain } = server;
  assert.deepEqual(editServer(server, { package: "other" }), { ...plain, package: "other" });
});

test("editServer refuses what mcp-host would not start", () => {
  const cases: [Partial<Server>, string][] = [
    [{ program: "../sh" }, "server.program"],
    [{ program: "python3" }, "server.program"],
    [{ program: null, module: "-c" }, "server.module"],
    [{ module: "pkg.server" }, "server.module"],
    [{ runtime: "npm", version: "1.0.0", extras: [], program: null, module: "pkg.server" }, "server.module"],
    [{ extras: ["a; b"] }, "server.extras"],
    [{ runtime: "npm", version: "1.0.0-a.tgz", extras: [] }, "server.version"],
  ];
  for (const [edits, field] of cases) {
    assert.throws(
      () => editServer({ ...server, ...edits }),
      (error) => error instanceof AppError && Object.keys(error.fields ?? {}).includes(field),
      field,
    );
  }
});
