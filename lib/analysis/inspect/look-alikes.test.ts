import assert from "node:assert/strict";
import { test } from "node:test";
import type { PackageRecord } from "../fetch/registries/types.ts";
import { warnOfLookAlike } from "./look-alikes.ts";

const NOW_MS = Date.parse("2026-11-28T12:00:00Z");

function record(fields: Partial<PackageRecord>): PackageRecord {
  return {
    registry: "npm",
    name: "thing-mcp",
    version: "1.0.0",
    description: "",
    repository: null,
    mcpName: null,
    commands: null,
    dependencies: [],
    license: null,
    readme: "",
    isSourceOnly: false,
    ...fields,
  };
}

function codes(fields: Partial<PackageRecord>, slug: string | null = null, isOwn = false): string[] {
  const ownership = isOwn ? "own" : "foreign";
  return warnOfLookAlike(record(fields), { ownership, slug }, NOW_MS).map((one) => {
    assert.ok(one.mustAccept, one.code);
    return one.code;
  });
}

test("a name that is nearly a well-known one is a warning to accept", () => {
  const npm = [
    "@modelcontextprotocol/server-filesytem",
    "@modelcontextprotcol/server-filesystem",
    "@modelcontextprotocol/server-memmory",
    "@modelcontextprotocol/server-githbu",
    "@playwrght/mcp",
    "@upstash/contex7-mcp",
    "@notionhq/notion-mcp-sever",
    "fire-crawl-mcp",
    "firecrawlmcp",
    "firecravvl-mcp",
    "mcp-rernote",
    "slack-rncp-server",
  ];
  for (const name of npm) assert.deepEqual(codes({ name }), ["look_alike"], name);
  const pypi = [
    "mcp-server-tine",
    "mcp_server_fetchh",
    "mcp-atlasian",
    "mcpserver-time",
    "mcp-sevrer-git",
    "b1ender-mcp",
  ];
  for (const name of pypi) assert.deepEqual(codes({ registry: "pypi", name }), ["look_alike"], name);
});

test("well-known names, and names of their own, are no look-alikes", () => {
  for (const name of [
    "firecrawl-mcp",
    "@playwright/mcp",
    "weather-mcp",
    "mcp-server-weather",
    "@acme/mcp",
    "mcp",
    "fetch",
  ])
    assert.deepEqual(codes({ name }), [], name);
  for (const name of ["mcp-server-time", "MCP_Server.Time", "mcp-server-acme", "acme"])
    assert.deepEqual(codes({ registry: "pypi", name }), [], name);
});

test("a name that is nearly the repository's is a warning, unless the package is the repository's own", () => {
  assert.deepEqual(codes({ name: "weathr-station" }, "acme/weather-station"), ["look_alike"]);
  assert.deepEqual(codes({ name: "weathr-station" }, "acme/weather-station", true), []);
  assert.deepEqual(codes({ name: "weather-station" }, "acme/weather-station"), []);
});

test("a registry name of another account is a warning", () => {
  const repository = "https://github.com/evil/thing";
  assert.deepEqual(codes({ repository, mcpName: "io.github.acme/thing" }), ["registry_name_claimed"]);
  assert.deepEqual(codes({ repository, mcpName: "io.github.Evil/thing" }), []);
  assert.deepEqual(codes({ repository, mcpName: "com.acme/thing" }), []);
});

test("a package of the last days is a warning, unless the pasted repository is its own", () => {
  assert.deepEqual(codes({ publishedAt: "2026-11-27T00:00:00Z" }), ["recently_published"]);
  assert.deepEqual(codes({ publishedAt: "2026-11-27T00:00:00Z" }, "acme/thing", true), []);
  assert.deepEqual(codes({ publishedAt: "2026-09-27T00:00:00Z" }), []);
  assert.deepEqual(codes({ publishedAt: "not a time" }), []);
});
