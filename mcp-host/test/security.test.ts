import assert from "node:assert/strict";
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Client } from "./testing/client.ts";
import { eventually } from "./testing/eventually.ts";
import { runToExit, startHost } from "./testing/host-process.ts";
import { http, JSON_HEADERS, status } from "./testing/http.ts";
import { OpenStream } from "./testing/open-stream.ts";
import { textOf } from "./testing/rpc.ts";

const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
});

describe("access", () => {
  test("every route except /healthz requires the token", async () => {
    const token = "host-token-0123456789";
    const host = await startHost({ env: { MCP_HOST_TOKEN: token } });
    try {
      const right = { authorization: `Bearer ${token}` };
      const wrongs: Record<string, string>[] = [
        {},
        { authorization: "Bearer x" },
        { authorization: `Bearer ${token}x` },
        { authorization: `Bearer ${token.slice(0, -1)}` },
        { authorization: token },
        { authorization: `Basic ${token}` },
      ];
      for (const wrong of wrongs) {
        for (const path of ["/mcp", "/status", "/logs?follow=0", "/nothing"]) {
          const reply = await http(host, { method: "GET", path, headers: { accept: "*/*", ...wrong } });
          assert.equal(reply.status, 401, path);
          assert.match(String(reply.headers["www-authenticate"]), /^Bearer/);
        }
        assert.equal((await http(host, { headers: { ...JSON_HEADERS, ...wrong }, body: initialize })).status, 401);
      }
      assert([200, 503].includes((await http(host, { method: "GET", path: "/healthz" })).status));
      assert.equal((await http(host, { method: "GET", path: "/status", headers: right })).status, 200);
      const client = await Client.open(host, { headers: right });
      const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "env" } };
      assert.equal((await client.post(call)).status, 401, "a session id is no token");
      const reply = await client.post(call, right);
      assert(!reply.text.includes(token), "the server does not get the token");
      const named = await http(host, {
        method: "GET",
        path: "/status",
        headers: { ...right, host: "machine.example" },
      });
      assert.equal(named.status, 200, "with a token any name will do, where none is given");
    } finally {
      await host.close();
    }
  });

  for (const length of [511, 512, 600]) {
    test(`a token of ${length} characters is compared to its end`, async () => {
      const token = "t".repeat(length);
      const host = await startHost({ env: { MCP_HOST_TOKEN: token } });
      try {
        for (const presented of [
          `${token}t`,
          `${token}${token}`,
          token.slice(1),
          `${token.slice(1)}u`,
          `${token.slice(1)}é`,
        ]) {
          const headers = { authorization: `Bearer ${Buffer.from(presented).toString("latin1")}` };
          assert.equal((await http(host, { method: "GET", path: "/status", headers })).status, 401, presented);
        }
        const right = { authorization: `Bearer ${token}` };
        assert.equal((await http(host, { method: "GET", path: "/status", headers: right })).status, 200);
      } finally {
        await host.close();
      }
    });
  }

  test("mcp-host without a token binds only loopback and serves only loopback names", async () => {
    const refused = await runToExit(["--host", "::", "--", "true"], {});
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /MCP_HOST_TOKEN/);
    const host = await startHost();
    try {
      assert.match(host.url, /127\.0\.0\.1/);
      for (const name of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]"]) {
        const reply = await http(host, { headers: { ...JSON_HEADERS, host: name }, body: initialize });
        assert([400, 403].includes(reply.status), `${name}: ${reply.status}`);
      }
      for (const name of ["localhost:1234", "127.0.0.1", "[::1]:80"]) {
        assert.equal((await http(host, { method: "GET", path: "/status", headers: { host: name } })).status, 200, name);
      }
    } finally {
      await host.close();
    }
  });

  test("mcp-host with allowed host names refuses any other name, even with the token", async () => {
    const token = "host-token-0123456789";
    const host = await startHost({ env: { MCP_HOST_TOKEN: token, MCP_ALLOWED_HOSTS: "App.example, two.example" } });
    try {
      const at = (name: string, headers: Record<string, string> = {}) =>
        http(host, {
          headers: { ...JSON_HEADERS, authorization: `Bearer ${token}`, host: name, ...headers },
          body: initialize,
        });
      for (const name of ["app.example", "APP.EXAMPLE:443", "two.example", "localhost:1"]) {
        assert.equal((await at(name)).status, 200, name);
      }
      for (const name of ["evil.example", "app.example.evil.example", "app.example.", "x.app.example"]) {
        assert.equal((await at(name)).status, 403, name);
      }
      for (const origin of ["https://app.example", "https://evil.example", "null"]) {
        assert.equal(
          (await at("app.example", { origin })).status,
          403,
          `${origin}: a page's origin is allowed by name alone`,
        );
      }
      const health = await http(host, { method: "GET", path: "/healthz", headers: { host: "probe.example" } });
      assert.match(health.text, /"phase"/);
    } finally {
      await host.close();
    }
  });

  test("a web page's Origin must be allowed", async () => {
    const host = await startHost({ env: { MCP_ALLOWED_ORIGINS: "https://app.example, https://two.example" } });
    try {
      const from = (origin: string, path = "/mcp") =>
        http(host, {
          method: path === "/mcp" ? "POST" : "GET",
          path,
          headers: { ...JSON_HEADERS, origin },
          body: path === "/mcp" ? initialize : "",
        });
      for (const origin of [
        "https://evil.example",
        "null",
        "https://app.example.evil.example",
        "http://app.example",
        "http://localhost:1",
      ]) {
        assert.equal((await from(origin)).status, 403, origin);
        assert.equal((await from(origin, "/status")).status, 403, origin);
      }
      assert.equal((await from("https://app.example")).status, 200);
      assert.equal((await from("https://two.example")).status, 200);
      assert.equal((await from(host.url)).status, 200, "its own origin is not foreign");
    } finally {
      await host.close();
    }
  });

  test("a page of an allowed Origin passes preflight and reads the answer, and no other page does", async () => {
    const host = await startHost({ env: { MCP_HOST_TOKEN: "secret", MCP_ALLOWED_ORIGINS: "https://app.example" } });
    try {
      const preflight = (origin: string) =>
        http(host, {
          method: "OPTIONS",
          headers: {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,mcp-param-region",
          },
        });
      const allowed = await preflight("https://app.example");
      assert.equal(allowed.status, 204);
      assert.equal(allowed.headers["access-control-allow-origin"], "https://app.example");
      assert.match(String(allowed.headers["access-control-allow-methods"]), /POST/);
      assert.match(String(allowed.headers["access-control-allow-headers"]), /mcp-param-region/);
      const refused = await preflight("https://evil.example");
      assert.equal(refused.status, 403);
      assert.equal(refused.headers["access-control-allow-origin"], undefined);

      const headers = { ...JSON_HEADERS, origin: "https://app.example" };
      const without = await http(host, { headers, body: initialize });
      assert.equal(without.status, 401);
      const called = await http(host, { headers: { ...headers, authorization: "Bearer secret" }, body: initialize });
      assert.equal(called.status, 200);
      assert.equal(called.headers["access-control-allow-origin"], "https://app.example");
      assert.match(String(called.headers["access-control-expose-headers"]), /mcp-session-id/);
      const plain = await http(host, {
        headers: { ...JSON_HEADERS, authorization: "Bearer secret" },
        body: initialize,
      });
      assert.equal(plain.headers["access-control-allow-origin"], undefined);
    } finally {
      await host.close();
    }
  });
});

describe("the server's environment", () => {
  test("the server gets its own variables and the machine's few, and none from mcp-host or its parent", async () => {
    const host = await startHost({
      env: {
        MCP_SERVER_ENV: JSON.stringify({ API_KEY: "key of the server", EMPTY: "", __proto__x: "p" }),
        MCP_SERVER_HOME: "/tmp",
        MCP_ARGS: '["--flag","a b; $(touch x)"]',
        CANARY: "of the parent",
        DATABASE_URL: "postgres://secret",
        npm_config_canary: "of npm",
        HTTPS_PROXY: "http://proxy.example:3128",
      },
    });
    try {
      const client = await Client.open(host);
      const { env, argv } = JSON.parse(textOf(await client.call("env")));
      const permitted = ["PATH", "HOME", "TMPDIR", "LANG", "TZ", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
      const machine = [...permitted, "http_proxy", "https_proxy", "no_proxy", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
      const rest = Object.keys(env).filter((name) => !machine.includes(name));
      assert.deepEqual(rest.sort(), ["API_KEY", "EMPTY", "__proto__x"]);
      assert.equal(env.API_KEY, "key of the server");
      assert.equal(env.EMPTY, "");
      assert.equal(env.HOME, "/tmp");
      assert.equal(env.HTTPS_PROXY, "http://proxy.example:3128");
      assert.deepEqual(argv, ["normal", "--flag", "a b; $(touch x)"]);
      assert.equal(env.PATH.split(":")[0], process.execPath.replace(/\/node$/, ""));
    } finally {
      await host.close();
    }
  });

  test("a wrong setting is named, and its value never shown", async () => {
    const cases: [Record<string, string>, RegExp][] = [
      [{ MCP_SERVER_ENV: '{"KEY":"topsecret"' }, /MCP_SERVER_ENV is not JSON/],
      [{ MCP_SERVER_ENV: '{"KEY":5}' }, /KEY must be a string/],
      [{ MCP_SERVER_ENV: '["topsecret"]' }, /must be a JSON object/],
      [{ MCP_SERVER_ENV: '{"A=B":"topsecret"}' }, /cannot be an environment variable/],
      [{ MCP_SERVER_FILES: '{"key.json":5}' }, /key\.json must be a string/],
      [{ MCP_SERVER_FILES: '{"key.json":"topsecret"}' }, /MCP_SERVER_HOME/],
      ...["../key", "a/b", "", ".", "..", "a\\b", "x".repeat(200)].map((name): [Record<string, string>, RegExp] => [
        { MCP_SERVER_FILES: JSON.stringify({ [name]: "topsecret" }), MCP_SERVER_HOME: "/tmp" },
        /plain file name/,
      ]),
      [{ MCP_ARGS: "topsecret" }, /MCP_ARGS is not JSON/],
      [{ MCP_ISOLATION: "none" }, /MCP_ISOLATION/],
      [{ MCP_MAX_SESSIONS: "-1" }, /MCP_MAX_SESSIONS/],
      [{ MCP_MAX_BODY_BYTES: "10MB" }, /MCP_MAX_BODY_BYTES/],
    ];
    for (const [env, message] of cases) {
      const { code, stderr } = await runToExit(["--", "true"], env);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert(!stderr.includes("topsecret"));
    }
    assert.equal((await runToExit([], {})).code, 2);
    assert.equal((await runToExit(["--nonsense", "--", "true"], {})).code, 2);
  });
});

describe("the server's files", () => {
  test("files are whole in the server's home before it starts, private, replace older ones, and never reach a log", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mcp-host-files-"));
    const home = join(folder, "made", "home");
    const account = JSON.stringify({ private_key: "line-one-of-key\nline-two-of-key", nested: { id: "client-7777" } });
    const printFile = `const { readFileSync } = require("node:fs");
      console.error("whole " + readFileSync(process.env.HOME + "/account.json"));
      console.error("part line-two-of-key client-7777");
      require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const { id, params } = JSON.parse(line);
        if (id === undefined) return;
        const result = { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "f", version: "1" } };
        console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
      });`;
    const options = {
      command: [process.execPath, "-e", printFile],
      env: {
        MCP_SERVER_HOME: home,
        MCP_SERVER_FILES: JSON.stringify({ "account.json": account, ".netrc": "machine x password topsecret" }),
      },
    };
    try {
      for (const outside of [null, join(folder, "outside")]) {
        if (outside !== null) {
          await writeFile(outside, "not to be touched");
          await rm(join(home, "account.json"));
          await symlink(outside, join(home, "account.json"));
        }
        const host = await startHost(options);
        try {
          await Client.open(host, { initialized: false });
          assert.equal(await readFile(join(home, "account.json"), "utf8"), account);
          for (const name of ["account.json", ".netrc"]) {
            const info = await lstat(join(home, name));
            assert(info.isFile());
            assert.equal(info.mode & 0o777, 0o600);
          }
          assert.equal((await lstat(home)).mode & 0o777, 0o700);
          assert.deepEqual((await readdir(home)).sort(), [".netrc", "account.json"]);
          const logs = await http(host, { method: "GET", path: "/logs?follow=0" });
          assert.match(logs.text, /whole \[redacted\]/);
          assert.match(logs.text, /part \[redacted\] \[redacted\]/);
        } finally {
          await host.close();
        }
        if (outside !== null) assert.equal(await readFile(outside, "utf8"), "not to be touched");
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("files that cannot be written are reported, and written again with the next session", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mcp-host-files-"));
    const blocked = join(folder, "file");
    await writeFile(blocked, "");
    const host = await startHost({
      env: { MCP_SERVER_HOME: join(blocked, "home"), MCP_SERVER_FILES: '{"key":"top-secret-text"}' },
    });
    try {
      const health = await eventually("its failure", async () => {
        const reply = await http(host, { method: "GET", path: "/healthz" });
        return reply.text.includes("failed") && reply;
      });
      assert.equal(health.status, 503);
      assert.match(health.text, /could not be written \(ENOTDIR\)/);
      await rm(blocked);
      await Client.open(host);
    } finally {
      await host.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("redaction", () => {
  const secret = 'pa55/word+"quoted" & more';
  test("secrets in the server's output are redacted in any form, across chunk borders", async () => {
    const host = await startHost({
      env: { MCP_SERVER_ENV: JSON.stringify({ API_KEY: secret, SHORT: "abc" }), MCP_REDACT: '["secret argument"]' },
    });
    try {
      const client = await Client.open(host);
      const basic = Buffer.from(`user:${secret}`).toString("base64");
      const chunks = [
        `plain ${secret.slice(0, 7)}`,
        `${secret.slice(7)} end\nurl ?k=${encodeURIComponent(secret)}\n`,
        `json ${JSON.stringify({ secret })}\nbase64 ${Buffer.from(secret).toString("base64")}\nbasic ${basic}\nshort abc\nrun with secret argument\n`,
      ];
      await client.call("stderr", { chunks });
      await client.call("raw", { line: `stdout ${secret}` });
      const logs = await http(host, { method: "GET", path: "/logs?follow=0" });
      const { stderrTail } = await status(host);
      const lines = logs.events.map(
        (event) => JSON.parse(String(event.data)) as { time: string; stream: string; line: string },
      );
      assert(lines.some(({ stream, line }) => stream === "stderr" && line === "plain [redacted] end"));
      assert(lines.some(({ line }) => line === "url ?k=[redacted]"));
      assert(lines.some(({ line }) => line === 'json {"secret":"[redacted]"}'));
      assert(lines.some(({ stream, line }) => stream === "stdout" && line === "stdout [redacted]"));
      assert(lines.some(({ line }) => line === "short abc"));
      assert(lines.some(({ line }) => line === "run with [redacted]"));
      assert(lines.every(({ time }) => !Number.isNaN(Date.parse(time))));
      for (const text of [logs.text, JSON.stringify(stderrTail)]) {
        for (const form of ["pa55", "word+", basic.slice(8), Buffer.from(secret).toString("base64").slice(0, 12)]) {
          assert(!text.includes(form), `${form} in ${text}`);
        }
      }
    } finally {
      await host.close();
    }
  });
});

describe("GET /logs", () => {
  test("a reader gets stored lines, then new ones, and resumes where it left off", async () => {
    const host = await startHost();
    try {
      const client = await Client.open(host);
      await client.call("stderr", { chunks: ["one\n"] });
      const stream = new OpenStream(host, { path: "/logs" });
      const lineOf = (data: string | undefined) => (JSON.parse(data ?? "{}") as { line?: string }).line;
      await stream.until(() => stream.events.some((event) => lineOf(event.data) === "one"));
      await client.call("stderr", { chunks: ["two\n"] });
      await stream.until(() => stream.events.some((event) => lineOf(event.data) === "two"));
      stream.drop();
      const ids = stream.events.map((event) => Number(event.id));
      assert.deepEqual(
        ids,
        [...ids].sort((a, b) => a - b),
      );
      const one = stream.events.find((event) => lineOf(event.data) === "one");
      const rest = await http(host, {
        method: "GET",
        path: "/logs?follow=0",
        headers: { "last-event-id": String(one?.id) },
      });
      assert.deepEqual(
        rest.events.map((event) => lineOf(event.data)),
        ["two"],
      );
    } finally {
      await host.close();
    }
  });
});
