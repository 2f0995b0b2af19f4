import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../errors/app-error.ts";
import { parseSource } from "../source.ts";
import { fakeRegistries } from "../testing/registries.ts";
import type { AnalysisContext } from "../types.ts";
import { locate } from "./locate.ts";

async function locateName(name: string, known: Parameters<typeof fakeRegistries>[0]): Promise<string> {
  const context: AnalysisContext = {
    gitHub: { apiUrl: "http://127.0.0.1:1", token: null },
    fetch,
    registries: fakeRegistries(known),
    signal: AbortSignal.timeout(60_000),
    report: () => undefined,
  };
  return (await locate(parseSource(name), context)).source.canonical;
}

test("a bare name of two servers is asked back, and of one server leads to it", async () => {
  const both = { npm: [{ name: "thing-mcp" }], pypi: [{ name: "thing-mcp" }] };
  await assert.rejects(locateName("thing-mcp", both), (error: unknown) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "invalid_source");
    assert.match(error.hint ?? "", /npm:thing-mcp or pypi:thing-mcp/);
    return true;
  });
  assert.equal(await locateName("npm:thing-mcp", both), "npm:thing-mcp");
  assert.equal(await locateName("thing-mcp", { pypi: [{ name: "thing-mcp" }] }), "pypi:thing-mcp");
});
