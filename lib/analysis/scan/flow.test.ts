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

test("loops within loops over lists that are written out are not multiplied", { timeout: 60_000 }, async () => {
  const names = Array.from({ length: 20 }, (_, at) => `"A_${at}"`).join(", ");
  const nested = (open: string, close: string, inner: string) => `${open.repeat(8)}${inner}${close.repeat(8)}`;
  const check = "if (!process.env[one]) throw new Error(one);";
  const cases = [
    npmServer(
      `const c = { a: process.env.A_KEY, b: process.env.B_KEY, d: process.env.C_KEY, e: process.env.D_KEY };\n${nested("for (const [k, v] of Object.entries(c)) { ", " }", "if (!v) throw new Error(k);")}`,
      "",
    ),
    npmServer(`${nested(`for (const one of [${names}]) { `, " }", check)}`, ""),
    npmServer(
      `const bad = ${nested(`[${names}].filter((one) => `, ")", "!process.env[one]")};\nif (bad) throw new Error();`,
      "",
    ),
    pypiServer(
      `def main():\n${Array.from({ length: 8 }, (_, depth) => `${"    ".repeat(depth + 1)}for k, v in {'A': os.getenv('A_KEY'), 'B': os.getenv('B_KEY'), 'C': os.getenv('C_KEY')}.items():\n`).join("")}${"    ".repeat(9)}assert v\n    mcp.run()\n`,
      "",
    ),
  ];
  for (const files of cases) await readDemands(files);
});

test("long sums, and choices within choices, are judged part by part", { timeout: 60_000 }, async () => {
  const parts = (separator: string) => Array.from({ length: 60 }, (_, at) => `part${at}`).join(separator);
  const cases = [
    npmServer(`const text = process.env.A_KEY + ${parts(" + 1 + ")} == null;\nrun(text);\n`, ""),
    npmServer(`const value = ${parts(" ? null : ")} ? process.env.A_KEY : null;\nrun(value);\n`, ""),
    npmServer(
      `const value = process.env.A_KEY${".filter((part) => part.includes(other))".repeat(60)};\nrun(value);\n`,
      "",
    ),
    pypiServer(
      `def main():\n    text = os.getenv('A_KEY', '') + ${parts(" + '-' + ")}\n    run(text)\n    mcp.run()\n`,
      "",
    ),
    pypiServer(`def main():\n    run(os.getenv('A_KEY')${".get('part', {})".repeat(60)} == None)\n    mcp.run()\n`, ""),
  ];
  for (const files of cases) assert.deepEqual((await readDemands(files)).optional, ["A_KEY"]);
});
