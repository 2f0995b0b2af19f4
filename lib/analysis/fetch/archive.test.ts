import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { strToU8, zipSync } from "fflate";
import { makeTarball } from "../testing/tarball.ts";
import { readArchive } from "./archive.ts";
import { ClippedBytes } from "./clipped-bytes.ts";
import { MAX_SOURCE_FILES } from "./files.ts";
import { readWheel } from "./registries/wheel.ts";

const LIMITS = { maxFiles: 10, maxTotalBytes: 8 * 1024 * 1024 };

test("a large bundle is read at its beginning and its end, with the lines where they are", async () => {
  const dependency = Array.from({ length: 60_000 }, (_, at) => `  call(${at}, "${"x".repeat(20)}");`).join("\n");
  const bundle = `import "./first.js";\nfunction big() {\n${dependency}\n}\nconst key = process.env.A_KEY;\nmain();\n`;
  const bytes = makeTarball([
    { path: "package/dist/index.js", content: bundle },
    { path: "package/data.py", content: `# begin\n${dependency}\nlast()\n` },
  ]);
  const { files, warnings } = await readArchive(
    Readable.from([bytes]),
    () => true,
    LIMITS,
    AbortSignal.timeout(60_000),
  );
  const program = files.get("dist/index.js");
  assert.equal(program?.isCut, true);
  const lines = program?.text.split("\n") ?? [];
  assert.deepEqual(lines.slice(0, 1).concat(lines.slice(-3, -1)), [
    'import "./first.js";',
    "const key = process.env.A_KEY;",
    "main();",
  ]);
  assert.equal(lines.length, bundle.split("\n").length);
  assert.doesNotMatch(program?.text ?? "", /function big/, "a statement without its end cannot be parsed");
  assert.match(files.get("data.py")?.text ?? "", /^# begin\n/);
  assert.doesNotMatch(files.get("data.py")?.text ?? "", /last\(\)/);
  assert.match(warnings.find(({ code }) => code === "file_cut")?.message ?? "", /dist\/index\.js, data\.py/);
});

test("what is kept of a file stays within the limit, however it arrives and wherever a character is cut", () => {
  const text = `a = "${"é€😀".repeat(200)}";\nb();\n`;
  for (const size of [1, 7, 64, 5_000]) {
    for (let limit = 40; limit < 60; limit += 1) {
      const kept = new ClippedBytes(limit, { keepsEnd: true });
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += size) kept.add(bytes.subarray(at, at + size));
      const decoded = kept.decode() ?? "";
      assert.ok(decoded.endsWith("b();\n"), `${size} ${limit}: ${decoded}`);
      assert.ok(Buffer.byteLength(decoded) <= limit, `${size} ${limit}`);
    }
  }
  const whole = new ClippedBytes(5_000, { keepsEnd: true });
  whole.add(Buffer.from(text));
  assert.deepEqual([whole.decode(), whole.isCut], [text, false]);
});

test("documentation that stands behind more programs than are read is read all the same", async () => {
  const programs = Array.from({ length: 30 }, (_, at) => ({ path: `package/dist/${at}.js`, content: `call(${at});` }));
  const bytes = makeTarball([...programs, { path: "package/README.md", content: "# Thing" }]);
  const { files } = await readArchive(Readable.from([bytes]), () => true, LIMITS, AbortSignal.timeout(60_000));
  assert.equal(files.size, LIMITS.maxFiles + 1);
  assert.equal(files.get("README.md")?.text, "# Thing");
});

test("a wheel's metadata, which stands behind its sources, is read however many those are", () => {
  const sources = Array.from({ length: MAX_SOURCE_FILES + 50 }, (_, at) => [`thing/m${at}.py`, strToU8("x = 1\n")]);
  const metadata = { "thing-1.0.dist-info/METADATA": strToU8("Name: thing\n\n# Thing") };
  const { files } = readWheel(zipSync({ ...Object.fromEntries(sources), ...metadata }));
  assert.equal(files.size, MAX_SOURCE_FILES + 1);
  assert.match(files.get("thing-1.0.dist-info/METADATA")?.text ?? "", /# Thing/);
});
