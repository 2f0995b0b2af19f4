import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { toRecordText } from "../calls/call-queue.ts";
import { startGateway } from "../testing/gateway.ts";
import { send } from "../testing/http.ts";
import { answerEmpty, startFakeMachine } from "../testing/machine.ts";

test("a stale kept-alive connection costs no wake and repeats no unsafe call", async () => {
  const gateway = await startGateway();
  const used = new WeakSet<object>();
  let cut = 0;
  const machine = await startFakeMachine((received) => {
    const { socket } = received.request;
    if (!used.has(socket)) {
      used.add(socket);
      return answerEmpty(received);
    }
    // As a proxy does that has forgotten the connection.
    cut++;
    socket.resetAndDestroy();
  });
  const deployment = gateway.source.add(machine.url);
  gateway.source.onWake = async () => machine.url;
  const headers = { "content-type": "application/json", authorization: `Bearer ${deployment.key}` };
  const call = (method: string) =>
    send(gateway.endpoint(deployment.id), { headers, body: JSON.stringify({ jsonrpc: "2.0", id: 7, method }) });
  await (await call("tools/list")).text();
  const read = await call("tools/list");
  assert.equal(read.status, 200);
  await read.text();
  assert.deepEqual([cut, machine.received.length, gateway.source.wakes], [1, 3, 0]);
  const written = await call("tools/call");
  assert.equal(written.status, 502);
  assert.match(await written.text(), /machine_lost/);
  assert.deepEqual([cut, machine.received.length, gateway.source.wakes], [2, 4, 0]);
  await gateway.close();
  await machine.close();
});

test("a retained call keeps no body in memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const kept: (string | null)[] = [];
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < 1_000; n++) {
    const body = Buffer.alloc(64 * 1024, "x").toString("latin1");
    kept.push(toRecordText(body.slice(100, 60_000), 128));
  }
  collect();
  const keptBytes = process.memoryUsage().heapUsed - before;
  assert.equal(kept.at(-1)?.length, 128);
  assert(keptBytes < 8 * 1024 * 1024, `${keptBytes} bytes for ${kept.length} texts of 128 characters`);
});
