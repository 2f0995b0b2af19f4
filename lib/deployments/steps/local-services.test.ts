import assert from "node:assert/strict";
import { test } from "node:test";
import { testInput } from "../../analysis/testing/input.ts";
import type { HostStatus } from "../../runtime/host-client.ts";
import { explainFailure } from "./failure-causes.ts";
import { explainLocalService } from "./local-services.ts";

const HOST = testInput("DB_HOST", { label: "Database host", default: "localhost" });
const PORT = testInput("DB_PORT", { default: "3306" });
const REFUSED = "Error: connect ECONNREFUSED 127.0.0.1:3306";
const explain = (line: string | null, inputs = [HOST, PORT], given: string[] = []) =>
  explainLocalService(line, { inputs }, new Set(given));

test("a server that finds nothing on its own machine is told the input that says where its service is", () => {
  assert.match(
    explain(REFUSED) ?? "",
    /^It looks for a service on its own machine unless Database host says where else/,
  );
  const url = testInput("QUEUE_URL", { label: "Queue URL", default: "amqp://guest@localhost:5672" });
  assert.match(explain("connection to localhost refused", [HOST, url]) ?? "", /unless Database host or Queue URL says/);
});

test("a server that exits without a word may look for its service there", () => {
  assert.match(explain(null) ?? "", /^It said nothing before it exited\. It may look for a service on its own machine/);
});

test("an address that was given, one elsewhere and another failure are not explained so", () => {
  assert.equal(explain(REFUSED, [HOST], ["DB_HOST"]), null);
  assert.equal(explain(REFUSED, [testInput("DB_HOST", { default: "localhost.example.com" })]), null);
  assert.equal(explain("Error: connect ECONNREFUSED 10.0.0.7:3306"), null);
  assert.equal(explain("Error: the moon is in the wrong phase"), null);
  assert.equal(explain(null, [PORT]), null);
});

test("the failure of a start carries this hint", () => {
  const server = { name: "", description: "", runtime: "npm" as const, package: "server", version: "1.0.0", args: [] };
  const error = { code: "crashed", message: "the server exited before it answered initialize (exit code 1)" };
  const status: HostStatus = { phase: "backoff", error, stderrTail: [REFUSED], callsInFlight: 0 };
  const failure = explainFailure(status, { server, inputs: [HOST], alternatives: [] }, (text) => text);
  assert.match(failure.hint ?? "", /unless Database host says where else it is/);
});
