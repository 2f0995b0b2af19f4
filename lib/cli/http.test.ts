import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { isLoopbackHost, listen, parseListenHost } from "./http.ts";

/** Another address of this computer, which an app on 127.0.0.1 does not serve. */
const OTHER_ADDRESS = "127.0.0.2";

test("an app without HOSTNAME serves loopback alone, and HOSTNAME opens it", {
  skip: process.platform === "linux" ? false : "needs a second address",
}, async () => {
  for (const [variable, isOpen] of [
    [undefined, false],
    ["", false],
    // Shells and containers set it to the machine's own name.
    [hostname(), false],
    ["0.0.0.0", true],
    ["::", true],
  ] as const) {
    const host = parseListenHost(variable);
    assert.equal(isLoopbackHost(host), !isOpen);
    const listener = await listen(0, host);
    try {
      assert.equal((await fetch(`http://127.0.0.1:${listener.port}/`)).status, 503);
      const other = fetch(`http://${OTHER_ADDRESS}:${listener.port}/`);
      if (isOpen) assert.equal((await other).status, 503, `HOSTNAME=${variable}`);
      else await assert.rejects(other, TypeError, `HOSTNAME=${variable}`);
    } finally {
      await listener.drain(0);
    }
  }
});
