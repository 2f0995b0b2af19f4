import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, readDemands } from "../testing/repositories.ts";

// An environment that goes through a function, or into another object, before it is read.

const MUST = 'if (!vars.A_KEY) throw new Error("no");\nuse(vars.A_URL);\n';

/** Asserts that servers require A_KEY and know A_URL. */
async function assertRead(cases: readonly Record<string, string>[]): Promise<void> {
  for (const files of cases) {
    const { required, optional } = await readDemands(files);
    assert.deepEqual([required, optional], [["A_KEY"], ["A_URL"]], JSON.stringify(files));
  }
}

/** Asserts that no variable is found. */
async function assertUnread(codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    const { required, optional } = await readDemands(npmServer(code, ""));
    assert.deepEqual([required, optional], [[], []], code);
  }
}

const server = (code: string, more: Record<string, string> = {}) => npmServer(code, "", more);

test("a function that hands the environment on returns it", async () => {
  const through = (body: string) =>
    server(`function clean(given) { ${body} }\nconst vars = clean(process.env);\n${MUST}`);
  await assertRead([
    through("return given;"),
    through("return { ...given };"),
    through("const copy = { ...given }; delete copy.A_OLD; return copy;"),
    through("return Object.fromEntries(Object.entries(given).map(([k, v]) => [k, v?.trim()]));"),
    through("return Object.entries(given).reduce((all, [k, v]) => { all[k] = v === 'x' ? '' : v; return all; }, {});"),
    through("return Object.keys(given).reduce((all, k) => ({ ...all, [k]: given[k] || undefined }), {});"),
    through("const out = {}; for (const [k, v] of Object.entries(given)) out[k] = v; return out;"),
    through("const out = {}; for (const k in given) { if (given[k]) out[k] = given[k]; } return out;"),
    through("const out = {}; Object.entries(given).forEach(([k, v]) => { out[k] = v; }); return out;"),
    through("for (const k of Object.keys(given)) given[k] = given[k].trim(); return given;"),
    through("return other(given);\n}\nfunction other(source) { return structuredClone(source);"),
    server(`const clean = (given) => Object.freeze({ ...given });\nconst vars = clean(process.env);\n${MUST}`),
    server(`function load() { dotenv.config(); return process.env; }\nconst vars = load();\n${MUST}`),
    server(`function load(given = process.env) { return { ...given }; }\nconst vars = load();\n${MUST}`),
    server(`async function load() { return { ...process.env }; }\nconst vars = await load();\n${MUST}`),
    server(
      `function pick(given, names) { return Object.fromEntries(names.map((name) => [name, given[name]])); }\nconst vars = pick(process.env, NAMES);\n${MUST}`,
    ),
    server(`import { clean } from "./clean.js";\nconst vars = clean(process.env);\n${MUST}`, {
      "src/clean.ts":
        "export function clean(given: Record<string, string | undefined>) {\n  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));\n}\n",
    }),
  ]);
});

test("a copy of the environment is the environment", async () => {
  const copied = (value: string) => server(`const vars = ${value};\n${MUST}`);
  await assertRead([
    copied("{ ...process.env }"),
    copied("structuredClone(process.env)"),
    copied("Object.assign({}, process.env)"),
    copied("_.mapValues(process.env, (value) => value?.trim())"),
    copied("Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('A_')))"),
    copied("isTest ? {} : process.env"),
    server(`const { env: vars } = process;\n${MUST}`),
    server(`let vars;\nvars = process.env;\n${MUST}`),
    server('const { A_URL, ...rest } = process.env;\nif (!rest.A_KEY) throw new Error("no");\nuse(A_URL);\n'),
    server(
      'const { A_KEY: key, A_URL: url = "x" } = clean(process.env);\ninvariant(key, "no");\nfunction clean(all) { return { ...all }; }\n',
    ),
    server(
      'class C { env = process.env;\n  constructor() { if (!this.env.A_KEY) throw new Error("no"); use(this.env.A_URL); }\n}\nnew C();\n',
    ),
    server(`import { vars } from "./config/index.js";\n${MUST}`, {
      "src/config/index.ts": "export const vars = { ...process.env };\n",
    }),
  ]);
});

test("a parameter that gets the environment holds it", async () => {
  await assertRead([
    server(`function load(vars: NodeJS.ProcessEnv) { ${MUST} }\nload(process.env);\n`),
    server(`function load(vars: Record<string, string | undefined>) { ${MUST} }\nload(process.env);\n`),
    server(`function load(vars) { ${MUST} }\nload({ ...process.env });\n`),
    server('function load({ A_KEY, A_URL }) { if (!A_KEY) throw new Error("no"); use(A_URL); }\nload(process.env);\n'),
    server(`function load({ env: vars }) { ${MUST} }\nload({ env: process.env });\n`),
  ]);
});

test("what is made of the environment under other names, or of something else, is no environment", async () => {
  await assertUnread([
    `function cut(given) { return Object.fromEntries(Object.entries(given).map(([k, v]) => [k.slice(4), v])); }\nconst vars = cut(process.env);\n${MUST}`,
    `function cut(given) { const out = {}; for (const [k, v] of Object.entries(given)) out[k.replace("MY_", "")] = v; return out; }\nconst vars = cut(process.env);\n${MUST}`,
    `function read(given) { return { A_KEY: "a", A_URL: "b" }; }\nconst vars = read(process.env);\n${MUST}`,
    `function clean(given) { return { ...given }; }\nconst vars = clean(options);\n${MUST}`,
    `function load(vars) { ${MUST} }\nload(options);\n`,
    "function start(e) { return e.A_KEY; }\nstart(process.env);\n",
    // Elsewhere in the file the name holds other things.
    `const all = structuredClone(process.env);\nuse(all);\nfunction other(all) { if (!all.A_KEY) throw new Error("no"); }\nother(load());\n`,
    'const vars = { ...process.env };\nconst { aKey, retries } = vars;\nif (!aKey) throw new Error("no");\nretries.toFixed();\n',
  ]);
});

test("long chains over the environment are read at once", { timeout: 60_000 }, async () => {
  const chain = `Object.entries(process.env)${".filter(Boolean)".repeat(5_000)}`;
  const nested = `${"Object.assign(".repeat(300)}process.env${", {})".repeat(300)}`;
  const steps = `${"list.reduce((all, k) => ".repeat(150)}1${")".repeat(150)}`;
  for (const value of [`Object.fromEntries(${chain})`, nested, steps])
    await readDemands(npmServer(`const vars = ${value};\nuse(vars.A_KEY);\n`, ""));
});
