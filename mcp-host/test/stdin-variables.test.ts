import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../src/config.ts";
import { readStdinVariables } from "../src/stdin-variables.ts";

const FLAGS = ["--port", "0", "--exit-with-stdin", "--variables-from-stdin"];
const fixture = fileURLToPath(new URL("./fixtures/server.ts", import.meta.url));

/** Starts mcp-host with the fixture server and without a token in its environment. */
function start(context: TestContext, flags = FLAGS): ChildProcess {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const { MCP_HOST_TOKEN: _token, NODE_TEST_CONTEXT: _test, ...env } = process.env;
  const child = spawn(process.execPath, [main, ...flags, "--", process.execPath, fixture], { env });
  context.after(() => child.kill("SIGKILL"));
  return child;
}

describe("--variables-from-stdin", () => {
  test("the first line supplies the token, and the end of standard input still stops mcp-host", async (context) => {
    const child = start(context);
    child.stdin?.write('{"MCP_HOST_TOKEN":"the-token-of-a-pipe"}\n');
    assert.ok(child.stdout);
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    const url = /http:\/\/\S+/.exec(String(line))?.[0].replace("[::]", "127.0.0.1");
    assert.equal((await fetch(`${url}/status`)).status, 401);
    const headers = { authorization: "Bearer the-token-of-a-pipe" };
    assert.equal((await fetch(`${url}/status`, { headers })).status, 200);
    child.stdin?.end();
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  test("mcp-host refuses to start without a line of variables", async (context) => {
    const child = start(context);
    child.stdin?.end('{"MCP_HOST_TOKEN"');
    const [[code]] = await Promise.all([once(child, "exit")]);
    assert.equal(code, 2);
  });

  test("the reader joins the pieces of one line and leaves the rest", async () => {
    const input = new PassThrough();
    const variables = readStdinVariables(FLAGS, input);
    for (const piece of ['{"A":"1",', '"B":"ü\\n2"}\nmore', "\n"]) input.write(piece);
    assert.deepEqual(await variables, { A: "1", B: "ü\n2" });
    assert.ok(input.isPaused());
  });

  test("the reader reads nothing without the flag, or after --", async () => {
    for (const argv of [[], ["--", "x", "--variables-from-stdin"]]) {
      assert.deepEqual(await readStdinVariables(argv, new PassThrough()), {});
    }
  });

  test("the reader refuses lines that are not an object of strings, without repeating them", async () => {
    for (const line of ["", "{", "[]", "null", '"secret"', '{"A":1,"B":"secret"}']) {
      const input = new PassThrough();
      input.end(`${line}\n`);
      const refused = (error: unknown) => error instanceof ConfigError && !error.message.includes("secret");
      await assert.rejects(readStdinVariables(FLAGS, input), refused, line);
    }
  });
});
