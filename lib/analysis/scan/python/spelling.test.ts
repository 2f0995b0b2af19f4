import assert from "node:assert/strict";
import { test } from "node:test";
import { parser } from "@lezer/python";
import { assertDemands } from "../../testing/demands.ts";
import { pypiServer } from "../../testing/repositories.ts";
import { toKnownSpelling } from "./spelling.ts";

function countErrors(text: string): number {
  let errors = 0;
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) errors += 1;
    },
  });
  return errors;
}

const after = "\n\ndef main():\n    start()\n";

test("what the parser does not take is spelled in a way that it does, each character in its place", () => {
  for (const text of [
    "async def f():\n    async with stdio_server() as (read, write):\n        await run(read, write)\n",
    "with a() as (b, c), d(b) as e:\n    f()\n",
    "with a() as (\n    b,\n    c,\n):\n    f()\n",
    "with a() as [b, c]:\n    f()\n",
    "with a() as self.client:\n    f()\n",
    "with (\n    a(1) as b,  # one, and 😀\n    c('):') as (d, e),\n):\n    f()\n",
    "with (a() as b):\n    f()\n",
    "def f():\n    try:\n        yield  # until it ends\n    finally:\n        g()\n",
    "def f():\n    x = yield\n",
    "match a:\n    case Declined():\n        f()\n    case b.Cancelled() if c:\n        g()\n",
  ]) {
    const spelled = toKnownSpelling(text + after);
    assert.equal(spelled.length, (text + after).length, text);
    assert.equal(countErrors(spelled), 0, spelled);
    assert.ok(countErrors(text + after) > 0, text);
  }
});

test("what the parser takes stays as it is", () => {
  for (const text of [
    "with open(a) as b, c(d) as e:\n    f()\n",
    "with (a + b).c() as d:\n    f()\n",
    "with a[b:c] as d:\n    f()\n",
    'x = "with a() as (b, c)"\n',
    "def f():\n    yield 1\n    yield from g()\n",
    "without = a.yield_\n",
    "with a(\n",
  ])
    assert.equal(toKnownSpelling(text), text);
});

test("a long text of headers that never end is read at once", () => {
  for (const part of ["with (\n", "with a as (", "with '", "yield ", "    case a."]) {
    const text = part.repeat(50_000);
    assert.equal(toKnownSpelling(text).length, text.length);
  }
});

test("what stands behind an open transport belongs to its own function", async () => {
  const serve =
    "import asyncio\nasync def serve():\n    key = load()\n    async with stdio_server() as (read, write):\n        await server.run(read, write)\n\n";
  const load =
    'def load():\n    key = os.getenv("A_KEY")\n    if not key:\n        raise ValueError("A_KEY")\n    return key\n\n';
  const other = 'def sync():\n    if not os.getenv("B_KEY"):\n        raise ValueError("B_KEY")\n\n';
  await assertDemands([
    [pypiServer(`${serve}${other}${load}def main():\n    asyncio.run(serve())\n`, ""), ["A_KEY"]],
    [
      pypiServer(
        `${serve}${other}${load}def main():\n    try:\n        asyncio.run(serve())\n    except ValueError as error:\n        print(error)\n        return 1\n    return 0\n\nif __name__ == "__main__":\n    raise SystemExit(main())\n`,
        "",
      ),
      ["A_KEY"],
    ],
  ]);
});
