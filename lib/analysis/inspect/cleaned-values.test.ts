import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { npmServer } from "../testing/repositories.ts";

const MUST = 'if (!key) { console.error("no key"); process.exit(1); }';
const server = (code: string) => npmServer(code, "");

test("a check of a cleaned value is one of the value", async () => {
  const functions = [
    'function clean(text) { return text === undefined || text === "" ? undefined : text; }',
    "function clean(text) { const trimmed = text?.trim(); return trimmed ? trimmed : undefined; }",
    'const clean = (text) => text?.replace(/\\/$/, "");',
    "function clean(text) { if (!text) return undefined; const trimmed = text.trim(); return trimmed.length > 0 ? trimmed : undefined; }",
    "const clean = (text) => (text ? text.trim() : null);",
  ];
  const uses = [
    "const key = clean(process.env.A_KEY);",
    "const config = { key: clean(process.env.A_KEY) };\nconst key = config.key;",
  ];
  for (const use of uses) await assertDemands(functions.map((code) => [server(`${code}\n${use}\n${MUST}`), ["A_KEY"]]));
  await assertDemands([
    [
      server(`const raw = process.env.A_KEY;\nconst key = raw !== undefined ? fix(raw) : undefined;\n${MUST}`),
      ["A_KEY"],
    ],
    [server(`const raw = process.env.A_KEY;\nconst key = !raw ? null : fix(raw);\n${MUST}`), ["A_KEY"]],
    [
      server(
        `class Config { #clean(text) { return text?.trim() || undefined; }\nconstructor() { const key = this.#clean(process.env.A_KEY); ${MUST} } }\nnew Config();`,
      ),
      ["A_KEY"],
    ],
  ]);
});

test("a function with a value of its own, one that looks something up, and another's method clean nothing", async () => {
  await assertDemands([
    [server(`function clean(text) { return text || "x"; }\nconst key = clean(process.env.A_KEY);\n${MUST}`), []],
    [server(`function clean(text) { return lookUp(text); }\nconst key = clean(process.env.A_KEY);\n${MUST}`), []],
    [server(`function clean(text) { return text?.trim(); }\nconst key = vault.clean(process.env.A_KEY);\n${MUST}`), []],
    [server(`const key = process.env.A_KEY ? null : load();\n${MUST}`), []],
  ]);
});
