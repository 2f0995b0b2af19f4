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
    assert.equal(error.code, "ambiguous_source");
    assert.match(error.hint ?? "", /npm:thing-mcp or pypi:thing-mcp/);
    return true;
  });
  assert.equal(await locateName("npm:thing-mcp", both), "npm:thing-mcp");
  assert.equal(await locateName("thing-mcp", { pypi: [{ name: "thing-mcp" }] }), "pypi:thing-mcp");
});

async function askedBack(name: string, known: Parameters<typeof fakeRegistries>[0]): Promise<AppError> {
  const thrown: unknown = await locateName(name, known).then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof AppError, `${name} was not asked back`);
  return thrown;
}

test("a bare name that both registries have is asked back with what each has, the likelier first", async () => {
  const error = await askedBack("thing", {
    npm: [{ name: "thing", version: "9.0.0", description: "Parses\u202e things" }],
    pypi: [{ name: "thing", version: "1.2", description: "MCP server for things" }],
  });
  assert.deepEqual(error.toBody().choices, [
    { source: "pypi:thing", description: "1.2: MCP server for things" },
    { source: "npm:thing", description: "9.0.0: Parses things" },
  ]);
  const versioned = await askedBack("thing@1.0.0", { npm: [{ name: "thing" }], pypi: [{ name: "thing" }] });
  assert.deepEqual(
    versioned.choices?.map((choice) => choice.source),
    ["npm:thing@1.0.0", "pypi:thing==1.0.0"],
  );
});

test("a bare name is not taken from one registry while the other cannot be asked", async () => {
  for (const down of ["npm", "pypi"] as const) {
    const error = await askedBack("thing", { npm: [{ name: "thing" }], pypi: [{ name: "thing" }], down });
    assert.equal(error.code, "ambiguous_source");
    assert.match(JSON.stringify(error.choices), /out of reach/);
  }
  assert.equal((await askedBack("thing", { down: true })).code, "upstream_unavailable");
});
