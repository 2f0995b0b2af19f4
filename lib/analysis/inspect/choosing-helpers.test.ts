import assert from "node:assert/strict";
import { test } from "node:test";
import { npmServer, readDemands } from "../testing/repositories.ts";

const OR_FAIL = 'if (!key) { console.error("no key"); process.exit(1); }';

test("a helper that returns the first variable of several that is set makes them ways", async () => {
  const helpers = [
    'function pick(names) { for (const name of names) { const value = process.env[name]; if (value) return value; } return undefined; }\nconst key = pick(["A_TOKEN", "A_API_KEY"]);',
    'function pick(env, names) { for (const name of names) if (env[name] !== "") return env[name]; }\nfunction load(env = process.env) { return pick(env, ["A_TOKEN", "A_API_KEY"]); }\nconst key = pick(process.env, ["A_TOKEN", "A_API_KEY"]);',
    'const pick = (...names) => names.map((name) => process.env[name]?.trim()).find(Boolean);\nconst key = pick("A_TOKEN", "A_API_KEY");',
    'const NAMES = ["A_TOKEN", "A_API_KEY"];\nconst pick = (names) => names.reduce((found, name) => found ?? process.env[name], undefined);\nconst key = pick(NAMES);',
    'class Env { static of(...names) { for (const name of names) if (process.env[name]) return process.env[name]; return null; } }\nconst key = Env.of("A_TOKEN", "A_API_KEY");',
    'function pick(names) { for (const name of names) if (process.env[name]) return process.env[name]; }\nfunction text(names, fallback) { return pick(names) ?? fallback; }\nconst key = text(["A_TOKEN", "A_API_KEY"]);',
  ];
  const failing = [
    'function pick(...names) { for (const name of names) { const value = process.env[name]; if (value) return value; } throw new Error("no " + names.join()); }\nconst key = pick("A_TOKEN", "A_API_KEY");',
  ];
  for (const code of [...helpers.map((one) => `${one}\n${OR_FAIL}`), ...failing]) {
    const { required, choices } = await readDemands(npmServer(code, ""));
    assert.deepEqual([required, choices], [[], [[[["A_TOKEN"], ["A_API_KEY"]], true]]], code);
  }
});

test("a value that such a helper is given in their place makes them optional, and a list of which all are demanded is none", async () => {
  const cases: [string, string[], string[]][] = [
    [
      'function pick(env, names) { for (const name of names) if (env[name]) return env[name]; }\nfunction number(env, names, fallback) { const raw = pick(env, names); if (raw === undefined) return fallback; return Number(raw); }\nconst timeout = number(process.env, ["A_TIMEOUT", "A_TIMEOUT_MS"], 30);\nif (!timeout) throw new Error("no");',
      [],
      ["A_TIMEOUT", "A_TIMEOUT_MS"],
    ],
    [
      'function demandAll(names) { for (const name of names) if (!process.env[name]) throw new Error(name); }\ndemandAll(["A_KEY", "B_KEY"]);',
      ["A_KEY", "B_KEY"],
      [],
    ],
    [
      'const read = (names) => Object.fromEntries(names.map((name) => [name, process.env[name]]));\nconst { A_KEY } = read(["A_KEY", "B_KEY"]);',
      [],
      ["A_KEY"],
    ],
  ];
  for (const [code, required, optional] of cases) {
    const found = await readDemands(npmServer(code, ""));
    assert.deepEqual([found.required, found.optional, found.choices], [required, optional, []], code);
  }
});
