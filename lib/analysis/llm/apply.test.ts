import assert from "node:assert/strict";
import { test } from "node:test";
import type { Input } from "../spec.ts";
import { fileSet } from "../testing/files.ts";
import { inspectFiles } from "../testing/inspect-files.ts";
import { EMPTY_ANSWER } from "../testing/language-model-server.ts";
import { npmServer } from "../testing/repositories.ts";
import type { Draft } from "../types.ts";
import type { ModelAnswer, ModelInput } from "./answer.ts";
import { applyAnswer } from "./apply.ts";

const FILES = fileSet({
  "README.md":
    "# Thing\n- **File** (requires `A_FILE` env var)\nA_FILE is required when A_MODE is file.\nA_MODE is required.\nGive A_KEY or A_MODE.\n",
  "src/index.ts":
    "const t = settings.get('LATE_KEY');\nconst s = settings.get('A_SEEN');\nconst LOCAL_SCHEMA = process.env.A_FILE;\nstruct.tag(`env:\"A_BUILD\" help:\"http server of the test\"`);\n",
  "demo/route.ts": "const d = process.env.DEMO_TOKEN;\n",
});

const told = (key: string, more: Partial<ModelInput> = {}): ModelInput => ({
  key,
  target: "env",
  label: null,
  description: null,
  required: null,
  secret: null,
  type: null,
  file: null,
  line: null,
  quote: null,
  ...more,
});

/** Applies an answer to a draft with A_KEY, required, and A_FILE, A_MODE, A_BUILD and A_TOKEN_URL, optional. */
async function apply(answer: Partial<ModelAnswer>): Promise<Map<string, Input> & { groups?: Draft["alternatives"] }> {
  const { steps: _, ...draft } = await inspectFiles(
    npmServer(
      'if (!process.env.A_KEY) throw new Error("no");\nprocess.env.A_FILE; process.env.A_MODE; process.env.A_BUILD; process.env.A_TOKEN_URL;\n',
      "",
    ),
    { npm: [{ name: "thing-mcp", repository: "https://github.com/acme/thing" }] },
  );
  const seen = { paths: new Set(["src/index.ts"]), keys: new Set(["A_SEEN"]) };
  const settled = { demanded: new Set<string>(), seen, paths: [...FILES.files.keys()] };
  const result = applyAnswer(draft, { ...EMPTY_ANSWER, ...answer }, FILES, settled);
  return Object.assign(new Map(result.inputs.map((input) => [input.key, input])), { groups: result.alternatives });
}

test("a line that demands a value in one case alone does not make it required", async () => {
  const place = (line: number, quote: string) => ({ required: true, file: "README.md", line, quote });
  for (const [line, quote] of [
    [2, "requires `A_FILE` env var"],
    [3, "A_FILE is required when"],
  ] as const)
    assert.equal((await apply({ inputs: [told("A_FILE", place(line, quote))] })).get("A_FILE")?.required, false);
  const plain = await apply({ inputs: [told("A_MODE", place(4, "A_MODE is required."))] });
  assert.equal(plain.get("A_MODE")?.required, true);
});

test("a model adds only what the server's own code reads and the scan did not see", async () => {
  const at = (file: string, line: number, quote: string) => ({ file, line, quote });
  const result = await apply({
    inputs: [
      told("LATE_KEY", at("src/index.ts", 1, "settings.get('LATE_KEY')")),
      told("A_SEEN", at("src/index.ts", 2, "settings.get('A_SEEN')")),
      told("LOCAL_SCHEMA", at("src/index.ts", 3, "LOCAL_SCHEMA = process.env.A_FILE")),
      told("DEMO_TOKEN", at("demo/route.ts", 1, "process.env.DEMO_TOKEN")),
    ],
  });
  assert.deepEqual(
    ["LATE_KEY", "A_SEEN", "LOCAL_SCHEMA", "DEMO_TOKEN"].filter((key) => result.has(key)),
    ["LATE_KEY"],
  );
});

test("what is required alone stays required, whatever a model groups it with", async () => {
  const oneOf = [["A_KEY"], ["A_MODE"]];
  const choice = { what: "Any", oneOf, required: false, file: "README.md", line: 5, quote: "Give A_KEY or A_MODE." };
  const result = await apply({ alternatives: [choice] });
  assert.deepEqual([result.get("A_KEY")?.required, result.groups], [true, []]);
});

test("the texts and names of a line do not make a value unneeded", async () => {
  const place = { file: "src/index.ts", line: 4, quote: 'help:"http server of the test"' };
  assert.ok((await apply({ unneeded: [{ key: "A_BUILD", ...place }] })).has("A_BUILD"));
});

test("the address at which a secret is got is none", async () => {
  const result = await apply({ inputs: [told("A_TOKEN_URL", { secret: true, description: "Address of the token." })] });
  assert.equal(result.get("A_TOKEN_URL")?.secret, false);
});
