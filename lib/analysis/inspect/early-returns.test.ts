import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { npmServer, pypiServer } from "../testing/repositories.ts";

const MUST = 'if (!process.env.A_KEY) throw new Error("no key");';

test("a function that throws in the end may have returned before, out of a loop, a block or a try", async () => {
  const functions = [
    'function one(list) { for (const item of list) { if (item.ok) return item; } throw new Error("none"); }',
    'function one(list) { for (const item of list) return item; throw new Error("none"); }',
    'function one(list) { if (list.first) { if (list.ok) return list.first; } throw new Error("none"); }',
    'function one(list) { try { return list.parse(); } catch { console.error("bad"); } throw new Error("none"); }',
    "function one(list) { let last; for (let i = 0; i < 3; i += 1) { try { return list.next(); } catch (error) { last = error; } } throw last; }",
  ];
  await assertDemands(
    functions.map((code) => [npmServer(`${code}\nconst first = one(load());\n${MUST}`, ""), ["A_KEY"]]),
  );
  await assertDemands([
    [
      pypiServer(
        'def one(items):\n    for item in items:\n        if item.ok:\n            return item\n    raise ValueError("none")\n\ndef main():\n    first = one(load())\n    if not os.environ.get("A_KEY"):\n        raise SystemExit("no key")\n    mcp.run()\n',
        "",
      ),
      ["A_KEY"],
    ],
  ]);
});

test("a way that hangs on what a file holds is no way of a form, and what always fails still does", async () => {
  await assertDemands([
    [
      npmServer(
        'function load() { if (process.env.A_FILE) { const key = read(process.env.A_FILE); if (key) return key; } if (process.env.A_KEY) return process.env.A_KEY; throw new Error("no"); }\nconst key = load();',
        "",
      ),
      ["A_KEY"],
    ],
    [
      npmServer(
        'function fail(why) { if (why) { console.error(why); } throw new Error("no"); }\nif (!process.env.A_KEY) fail("x");',
        "",
      ),
      ["A_KEY"],
    ],
  ]);
});
