import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { pypiServer, readDemands } from "../testing/repositories.ts";

// A helper that fails without the variable that it is given the name of: each call says which one is needed, and when.

const HELPERS = [
  'def need(name):\n    value = os.environ.get(name)\n    if value is None:\n        raise EnvironmentError(f"{name} is missing")\n    return value\n',
  "def need(name: str, required: bool = True):\n    value = os.getenv(name)\n    if required and not value:\n        raise ValueError(name)\n    return value\n",
];

test("a helper's variable is needed where the helper is called for it", async () => {
  const body = (lines: string[]) => lines.map((line) => `    ${line}\n`).join("");
  for (const helper of HELPERS) {
    const program = (...lines: string[]) => pypiServer(`${helper}\ndef main():\n${body(lines)}    mcp.run()\n`, "");
    await assertDemands([
      [program('need("A_HOST")', 'if os.environ.get("A_MODE") == "cloud":', '    need("A_ORG")'), ["A_HOST"]],
      [program('need("A_HOST")', 'mode = os.getenv("A_MODE")', "if mode:", '    need("A_ORG")'), ["A_HOST"]],
      [program('need("A_HOST")', 'need("A_ORG")'), ["A_HOST", "A_ORG"]],
      [program('for name in ["A_HOST", "A_ORG"]:', "    need(name)"), ["A_HOST", "A_ORG"]],
    ]);
  }
});

test("a method that reads a variable is asked for no more than its calls", async () => {
  const method =
    "    @staticmethod\n    def need(name: str):\n        value = os.environ.get(name)\n        if value is None:\n            raise EnvironmentError(name)\n        return value\n";
  const settings = (lines: string[]) =>
    pypiServer(
      `class Settings:\n    def load(self):\n${lines.map((line) => `        ${line}\n`).join("")}${method}\nsettings = Settings()\nsettings.load()\n\ndef main():\n    mcp.run()\n`,
      "",
    );
  await assertDemands([
    [
      settings([
        'self.mode = os.environ.get("A_MODE")',
        'self.host = self.need("A_HOST")',
        'if self.mode == "cloud":',
        '    self.org = self.need("A_ORG")',
      ]),
      ["A_HOST"],
    ],
  ]);
});

test("lists that are joined are gone through as one", async () => {
  const load = (list: string) =>
    pypiServer(
      `REQUIRED = ["A_HOST", "A_ORG"]\nOPTIONAL = ["A_REGION"]\ndef load():\n    values = {}\n    for name in ${list}:\n        values[name] = os.getenv(name)\n    return values\n\ndef main():\n    load()\n    mcp.run()\n`,
      "",
    );
  for (const list of ["REQUIRED + OPTIONAL", "[*REQUIRED, *OPTIONAL]", '(REQUIRED + ["A_REGION"])'])
    assert.deepEqual((await readDemands(load(list))).optional, ["A_HOST", "A_ORG", "A_REGION"], list);
});
