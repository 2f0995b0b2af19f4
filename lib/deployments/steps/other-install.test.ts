import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { AppError } from "../../errors/app-error.ts";
import { createDeployment } from "../service.ts";
import { setUpDeployments } from "../testing/set-up.ts";
import { createTestAnalysis, waitForStatus } from "../testing/settings.ts";
import { chooseOtherInstall } from "./other-install.ts";

const { userId, dataDir } = await setUpDeployments({ registry: false, worker: {} });

const spec = (fields: object = {}) => ({
  server: {
    name: "",
    description: "",
    runtime: "pypi" as const,
    package: "server",
    version: "1.0",
    args: [],
    ...fields,
  },
  inputs: [],
  alternatives: [],
});
const crash = (...lines: string[]) => new AppError("crashed_at_start", "It exited.", { detail: lines.join("\n") });
const noDate = () => Promise.reject(new Error("no date is asked for"));

for (const [what, lines] of [
  ["a name is gone", ["ImportError: cannot import name 'FastMCP' from 'mcp.server' (/x/mcp/server/__init__.py)"]],
  ["a module is gone", ["ModuleNotFoundError: No module named 'mcp.server.fastmcp'"]],
  ["an attribute is gone", ["AttributeError: module 'mcp' has no attribute 'types'"]],
  [
    "it is raised within",
    ['File "/v/lib/python3.12/site-packages/mcp/server/lowlevel.py", line 3, in run', "AttributeError: 'X' has no 'y'"],
  ],
] as const) {
  test(`an error of the MCP SDK leads to the SDK before version 2: ${what}`, async () => {
    const other = await chooseOtherInstall(crash("Traceback (most recent call last):", ...lines), spec(), noDate);
    assert.deepEqual([other?.constraints, other?.publishedBefore], [["mcp<2"], null]);
    assert.equal(other?.reason, lines.at(-1));
  });
}

test("an error of another dependency leads to what was published up to the release", async () => {
  const failure = crash("Traceback (most recent call last):", "ImportError: cannot import name 'a' from 'b'");
  const findDate = async () => new Date("2025-03-01T10:20:30.500Z");
  const other = await chooseOtherInstall(failure, spec(), findDate);
  assert.deepEqual([other?.constraints, other?.publishedBefore], [[], "2025-03-01T10:20:32.000Z"]);
  assert.equal(await chooseOtherInstall(failure, spec(), async () => null), null);
});

test("an SDK that newer dependencies of its own break leads to what was published up to the release", async () => {
  const findDate = async () => new Date("2025-03-01T10:20:30Z");
  const frame =
    'File "/v/lib/python3.12/site-packages/mcp/server/fastmcp/utilities/func_metadata.py", line 11, in <module>';
  for (const error of [
    "ImportError: cannot import name 'eval_it' from 'pydantic._internal' (/v/lib/python3.12/site-packages/pydantic/x.py)",
    "ModuleNotFoundError: No module named 'pydantic.v0'",
    "AttributeError: module 'pydantic' has no attribute 'eval_it'",
  ]) {
    const other = await chooseOtherInstall(crash(frame, error), spec(), findDate);
    assert.deepEqual([other?.constraints, other?.publishedBefore], [[], "2025-03-01T10:20:31.000Z"], error);
  }
});

test("other failures, other runtimes and a second failure are not tried again", async () => {
  const broken = crash("ImportError: cannot import name 'FastMCP' from 'mcp.server'");
  const install = { constraints: ["mcp<2"], publishedBefore: null, reason: "" };
  for (const [failure, stored] of [
    [crash("ValueError: mcp"), spec()],
    [crash("we log ImportError: mcp here, and go on"), spec()],
    [new AppError("missing_credential", "x", { detail: "ImportError: from 'mcp'" }), spec()],
    [broken, spec({ runtime: "npm" })],
    [broken, { ...spec(), install }],
  ] as const)
    assert.equal(await chooseOtherInstall(failure, stored, noDate), null);
});

/** Stands in for uv. What it installs works only with the constraint, as with an SDK that has lost what the server imports. */
const UV = `#!/bin/sh
if [ "$1" = venv ]; then
  for last; do :; done
  mkdir -p "$last/bin"
  printf '#!/bin/sh\\necho %s\\n' "'{\\"scripts\\":[\\"server\\"],\\"requires\\":[],\\"mcp\\":\\"2.0\\",\\"installed\\":[\\"server==1.0\\"]}'" > "$last/bin/python"
  chmod +x "$last/bin/python"
  exit 0
fi
[ "$1 $2" = "pip install" ] || exit 1
if [ -n "$UV_CONSTRAINT" ]; then
  cat "$UV_CONSTRAINT" >> "$CALLS"
  printf '#!/bin/sh\\nexec "%s" "%s" works\\n' "$NODE" "$SERVER" > venv/bin/server
else
  echo plain >> "$CALLS"
  printf '#!/bin/sh\\necho "ImportError: cannot import name FastMCP from mcp.server " >&2\\nexit 1\\n' > venv/bin/server
fi
chmod +x venv/bin/server
`;

test("a server that the newest SDK breaks goes live with the first one, and its view says so", async () => {
  const bin = join(dataDir, "bin");
  const calls = join(dataDir, "calls");
  await mkdir(bin, { recursive: true });
  const text = UV.replaceAll("$CALLS", calls)
    .replaceAll("$NODE", process.execPath)
    .replaceAll("$SERVER", join(import.meta.dirname, "..", "testing", "fixture", "server", "server.js"));
  await writeFile(join(bin, "uv"), text);
  await chmod(join(bin, "uv"), 0o755);
  process.env.PATH = `${bin}:${process.env.PATH}`;
  const analysisId = await createTestAnalysis(userId, { runtime: "pypi", package: "server", version: "1.0" });
  const { id } = await createDeployment(userId, { analysisId, inputs: {} });
  const view = await waitForStatus(userId, id, "live", "failing");
  assert.equal(view.error, null);
  assert.deepEqual((await readFile(calls, "utf8")).trim().split("\n"), ["plain", "mcp<2"]);
  assert.match(view.installNote ?? "", /\(ImportError: cannot import name FastMCP.*\).*MCP SDK before version 2\.$/);
  assert.match(view.steps.find(({ name }) => name === "preparing")?.log ?? "", /MCP SDK before version 2/);
});
