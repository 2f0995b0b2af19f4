import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

const repeat = (line: string) => line.repeat(300);

test("a value that is made of itself over and over is judged at once", { timeout: 60_000 }, async () => {
  const end = 'if (!a) throw new Error("no");\n';
  const cases = [
    npmServer(`let a = process.env.A_KEY;\n${repeat("a = a || a;\n")}${end}`, ""),
    npmServer(`let a = process.env.A_KEY;\n${repeat("a = (a || b) && (a || c);\n")}${end}`, ""),
    npmServer(`let a = process.env.A_KEY;\n${repeat("if (x) a = a && y;\n")}${end}`, ""),
    npmServer(`let a = process.env.A_KEY;\n${repeat("for (const one of list) a = x ? a : y && a;\n")}${end}`, ""),
    pypiServer(
      `def main():\n    a = os.getenv('A_KEY')\n${repeat("    a = a or a\n")}    assert a\n    mcp.run()\n`,
      "",
    ),
    pypiServer(
      `def main():\n    a = os.getenv('A_KEY')\n${repeat("    a = (a or b) and (a or c)\n")}    assert a\n    mcp.run()\n`,
      "",
    ),
  ];
  for (const files of cases) {
    const { required, optional } = await readDemands(files);
    assert.deepEqual([...required, ...optional], ["A_KEY"]);
  }
});
