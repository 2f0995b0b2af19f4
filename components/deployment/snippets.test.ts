import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  buildClaudeCodeCommand,
  buildClaudeDesktopConfig,
  buildClaudeLink,
  buildCurlCommand,
  buildCursorConfig,
  buildCursorLink,
  buildInspectorCommand,
  buildJsonConfig,
  buildVsCodeConfig,
  buildVsCodeLink,
  findObstacle,
  toClientName,
} from "./snippets.ts";

const accessKey = `cwk_${"k".repeat(43)}`;
const url = "https://catwalk.example.com/api/mcp/019aa4f2-7e1c-7c3f-9d55-1f6d3c1f4a10";
const target = { url, name: "Größe & Co. server", accessKey };

test("toClientName uses only characters that every client accepts", () => {
  assert.equal(toClientName("@modelcontextprotocol/server-everything"), "modelcontextprotocol-server-everything");
  assert.equal(toClientName("Größe & Co. server"), "gro-e-co-server");
  assert.equal(toClientName("日本語"), "catwalk");
  assert.equal(toClientName(`${"a".repeat(39)} b`), "a".repeat(39));
});

describe("an install link never contains the key", () => {
  const links = [
    buildClaudeLink(target),
    buildCursorLink(target),
    buildVsCodeLink(target, "stable"),
    buildVsCodeLink(target, "insiders"),
  ];
  for (const link of links) {
    test(link.slice(0, 40), () => {
      const decoded = decodeURIComponent(link);
      const config = new URL(link).searchParams.get("config") ?? "";
      assert.ok(!decoded.includes(accessKey));
      assert.ok(!Buffer.from(config, "base64").toString().includes("cwk_"));
    });
  }
});

test("buildClaudeLink opens the dialog with name and URL", () => {
  const link = new URL(buildClaudeLink(target));
  assert.equal(link.origin + link.pathname, "https://claude.ai/customize/connectors");
  assert.equal(link.searchParams.get("modal"), "add-custom-connector");
  assert.equal(link.searchParams.get("connectorName"), target.name);
  assert.equal(link.searchParams.get("connectorUrl"), url);
});

test("Cursor's link contains the URL only, and its file contains the header", () => {
  const link = new URL(buildCursorLink(target));
  assert.equal(`${link.protocol}//${link.host}${link.pathname}`, "cursor://anysphere.cursor-deeplink/mcp/install");
  const config = Buffer.from(link.searchParams.get("config") ?? "", "base64").toString("utf8");
  assert.deepEqual(JSON.parse(config), { url });
  assert.deepEqual(JSON.parse(buildCursorConfig(target)), {
    mcpServers: { "gro-e-co-server": { url, headers: { Authorization: `Bearer ${accessKey}` } } },
  });
});

test("VS Code asks for the key, with the file and with the link", () => {
  const file = JSON.parse(buildVsCodeConfig(target));
  const [input] = file.inputs;
  assert.deepEqual(file.servers["gro-e-co-server"], {
    type: "http",
    url,
    headers: { Authorization: `Bearer \${input:${input.id}}` },
  });
  assert.equal(input.type, "promptString");
  assert.equal(input.password, true);
  assert.ok(!buildVsCodeConfig(target).includes(accessKey));

  const link = new URL(buildVsCodeLink(target, "insiders"));
  assert.equal(link.host, "insiders.vscode.dev");
  assert.equal(link.searchParams.get("quality"), "insiders");
  assert.deepEqual(JSON.parse(link.searchParams.get("config") ?? ""), file.servers["gro-e-co-server"]);
  assert.deepEqual(JSON.parse(link.searchParams.get("inputs") ?? ""), file.inputs);
  assert.equal(new URL(buildVsCodeLink(target, "stable")).searchParams.get("quality"), null);
});

test("buildClaudeCodeCommand quotes what a shell would interpret", () => {
  assert.equal(
    buildClaudeCodeCommand(target),
    `claude mcp add --transport http gro-e-co-server ${url} --header "Authorization: Bearer ${accessKey}"`,
  );
  assert.match(
    buildClaudeCodeCommand({ ...target, url: "http://[::1]:3000/api/mcp/x" }),
    / 'http:\/\/\[::1\]:3000\/api\/mcp\/x' /,
  );
});

test("buildInspectorCommand is one shell command", () => {
  assert.equal(
    buildInspectorCommand(target).replace(/ \\\n +/g, " "),
    `npx @modelcontextprotocol/inspector --cli ${url} --transport http --method tools/list --header "Authorization: Bearer ${accessKey}"`,
  );
});

test("buildClaudeDesktopConfig keeps the header in a variable and allows plain http only where needed", () => {
  const server = (address: string) =>
    JSON.parse(buildClaudeDesktopConfig({ ...target, url: address })).mcpServers["gro-e-co-server"];
  assert.deepEqual(server(url), {
    command: "npx",
    args: ["-y", "mcp-remote", url, "--header", `Authorization:\${AUTH_HEADER}`],
    env: { AUTH_HEADER: `Bearer ${accessKey}` },
  });
  assert.ok(!server("http://localhost:3000/x").args.includes("--allow-http"));
  assert.ok(server("http://nas.local:3000/x").args.includes("--allow-http"));
});

test("settings without a key contain a placeholder", () => {
  const keyless = { ...target, accessKey: null };
  for (const snippet of [
    buildClaudeCodeCommand(keyless),
    buildCursorConfig(keyless),
    buildJsonConfig(keyless),
    buildClaudeDesktopConfig(keyless),
    buildCurlCommand(keyless),
    buildInspectorCommand(keyless),
  ]) {
    assert.match(snippet, /Bearer YOUR_ACCESS_KEY/);
  }
});

test("findObstacle accepts only URLs that a hosted client can reach", () => {
  const cases: [string, ReturnType<typeof findObstacle>][] = [
    ["https://catwalk.example.com/api/mcp/x", null],
    ["https://8.8.8.8/x", null],
    ["http://catwalk.example.com/x", "not-https"],
    ["https://catwalk.example.com:8443/x", "other-port"],
    ["http://localhost:3000/x", "private-host"],
    ["https://localhost/x", "private-host"],
    ["https://nas/x", "private-host"],
    ["https://nas.local./x", "private-host"],
    ["https://10.1.2.3/x", "private-host"],
    ["https://172.31.0.1/x", "private-host"],
    ["https://172.32.0.1/x", null],
    ["https://192.168.1.1/x", "private-host"],
    ["https://100.64.0.1/x", "private-host"],
    ["https://127.1/x", "private-host"],
    ["https://[::1]/x", "private-host"],
    ["https://[fd00::1]/x", "private-host"],
    ["https://[2001:4860:4860::8888]/x", null],
  ];
  for (const [address, expected] of cases) assert.equal(findObstacle(address), expected, address);
});
