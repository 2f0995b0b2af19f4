import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { npmServer } from "../testing/repositories.ts";

const server = (code: string) => npmServer(code, "");
const check = (name: string) => `if (!${name}.env.A_KEY) { console.error("no key"); ${name}.exit(1); }`;

test("Node's process object is known under the names that bundlers and people give it", async () => {
  await assertDemands([
    [server(`import process2 from "node:process";\n${check("process2")}`), ["A_KEY"]],
    [server(`import * as nodeProcess from "process";\n${check("nodeProcess")}`), ["A_KEY"]],
    [server(`import e from "node:process";\n${check("e")}`), ["A_KEY"]],
    [
      server(
        'var import_node_process = __toESM(require("node:process"), 1);\nconst key = import_node_process.default.env.A_KEY;\nif (!key) throw new Error("no");',
      ),
      ["A_KEY"],
    ],
    [server(`const node = globalThis.process ?? require("process");\n${check("node")}`), ["A_KEY"]],
    [
      server(
        'function load(env) { if (!env.A_KEY) throw new Error("no"); }\nexport function main(proc) { load(proc.env); }\nmain(process);',
      ),
      ["A_KEY"],
    ],
    [
      server('import { argv as words, exit } from "node:process";\nconst folder = words[2];\nif (!folder) exit(1);'),
      ["position 0"],
    ],
    [server("const { exit, env } = process;\nif (!env.A_KEY) exit(1);"), ["A_KEY"]],
  ]);
});

test("other objects with an environment are not the process", async () => {
  await assertDemands([
    [server('const child = start();\nif (!child.env.A_KEY) throw new Error("no");'), []],
    [server('import e from "other";\nif (!e.env.A_KEY) throw new Error("no");'), []],
    [server("function leave(exit) { exit(1); }\nif (!process.env.A_KEY) { leave(() => {}); }"), []],
  ]);
});
