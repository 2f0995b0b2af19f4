import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { npmServer, pypiServer } from "../testing/repositories.ts";

// A setting with a word of its own decides what else a server asks for.

const python = (body: string, before = "") =>
  pypiServer(`${before}\ndef main():\n    ${body.replaceAll("\n", "\n    ")}\n    mcp.run()\n`, "");
const indent = (code: string) => code.replaceAll("\n", "\n        ");
const MODE = "from enum import Enum\nclass Mode(str, Enum):\n    TOKEN = 'token'\n    OAUTH = 'oauth'\n";
const FAIL = "\n    raise ValueError('no')";

/** A server with settings of pydantic, of which a validator checks some together. */
const settings = (check: string, { mode = "Mode = Mode.TOKEN", more = "", before = MODE } = {}) =>
  python(
    "settings = Settings()",
    `from pydantic import Field, model_validator\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n${before}class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='A_')\n    token: str | None = None\n    client: str | None = None\n    mode: ${mode}\n    @model_validator(mode='after')\n    def check(self):\n        ${indent(check)}\n        return self\n${more}`,
  );

const OAUTH = "    def _oauth(self):\n        if not self.client:\n            raise ValueError('no')\n";

const js = (code: string) => npmServer(code, "");

test("Python: what a setting's own word asks for is required", async () => {
  for (const files of [
    settings(`if self.mode is Mode.TOKEN and not (self.token and self.token.strip()):\n    msg = 'no'${FAIL}`),
    settings(`if self.mode == Mode.TOKEN and not self.token:${FAIL}`),
    settings(`if self.mode != Mode.OAUTH and not self.token:${FAIL}`),
    settings(`if self.mode is not Mode.OAUTH and not self.token:${FAIL}`),
    settings(`if self.mode.value == 'token' and not self.token:${FAIL}`),
    settings(`if self.mode in (Mode.TOKEN, 'basic') and not self.token:${FAIL}`),
    settings(`if self.mode not in {Mode.OAUTH} and not self.token:${FAIL}`),
    settings(`if self.mode in TOKENS and not self.token:${FAIL}`, { before: `${MODE}TOKENS = {Mode.TOKEN}\n` }),
    settings(`match self.mode:\n    case Mode.TOKEN:\n        assert self.token\n    case _ as other:\n        pass`),
    settings(`if self.mode == Mode.TOKEN and not self.token:${FAIL}`, { mode: "Mode = Field(default=Mode.TOKEN)" }),
    settings(`if self.mode == 'token' and not self.token:${FAIL}`, { mode: "Literal['token', 'oauth'] = 'token'" }),
    settings(`if self.mode == Mode.TOKEN and not self.token:${FAIL}`, {
      before: "from enum import StrEnum, auto\nclass Mode(StrEnum):\n    TOKEN = auto()\n    OAUTH = auto()\n",
    }),
    settings(`if self.legacy:\n    self.mode = Mode.OAUTH\nif self.mode is Mode.TOKEN and not self.token:${FAIL}`),
    settings(`if self.uses_token and not self.token:${FAIL}`, {
      more: "    @property\n    def uses_token(self) -> bool:\n        return self.mode == Mode.TOKEN\n",
    }),
    python(
      "C().check()",
      `class C:\n    def __init__(self):\n        self.mode = os.getenv('A_MODE', 'token')\n        self.token = os.getenv('A_TOKEN')\n    def check(self):\n        if self.mode == 'token' and not self.token:\n            raise ValueError('no')\n`,
    ),
    python(
      `mode = Mode(os.getenv('A_MODE', Mode.TOKEN.value))\nif mode is Mode.TOKEN:\n    x = os.environ['A_TOKEN']`,
      MODE,
    ),
  ])
    await assertDemands([[files, ["A_TOKEN"]]]);
});

test("Python: what another word of a setting asks for is not", async () => {
  for (const files of [
    settings("if self.mode is Mode.OAUTH:\n    self._oauth()", { more: OAUTH }),
    settings("if self.mode != Mode.TOKEN:\n    self._oauth()", { more: OAUTH }),
    settings("if self.mode in (Mode.OAUTH, 'sso'):\n    self._oauth()", { more: OAUTH }),
    settings("match self.mode:\n    case Mode.OAUTH | 'sso':\n        self._oauth()", { more: OAUTH }),
    settings("if self.is_oauth():\n    self._oauth()", {
      more: `${OAUTH}    def is_oauth(self):\n        return self.mode == Mode.OAUTH\n`,
    }),
    settings(`if self.mode == Mode.OAUTH and not self.client:${FAIL}`),
    // Without a word of its own, nothing is known of it.
    settings(`if self.mode == Mode.TOKEN and not self.token:${FAIL}`, { mode: "Mode = pick()" }),
  ])
    await assertDemands([[files, []]]);
});

test("Python: functions of which a setting chooses one are ways", async () => {
  const more = `${OAUTH}    def _token(self):\n        if not self.token:\n            raise ValueError('no')\n`;
  await assertDemands([
    [
      settings("if self.mode == Mode.TOKEN:\n    self._token()\nelif self.mode == Mode.OAUTH:\n    self._oauth()", {
        more,
      }),
      [],
      [["A_TOKEN"], ["A_MODE", "A_CLIENT"]],
    ],
    [
      settings("if self.mode == Mode.OAUTH:\n    self._oauth()\nelif self.mode == Mode.SSO:\n    self._token()", {
        more,
      }),
      [],
    ],
  ]);
});

test("JavaScript: what a setting's own word asks for is required, and what another one asks for is not", async () => {
  const need = "function need(name) { if (!process.env[name]) throw new Error(name); }\n";
  const mode = `${need}const mode = process.env.A_MODE ?? "token";\n`;
  for (const code of [
    `${mode}if (mode === "token") need("A_TOKEN");\nif (mode === "oauth") oauth();\nfunction oauth() { need("A_CLIENT"); }`,
    `${mode}if (["token", "basic"].includes(mode)) need("A_TOKEN");\nif (["oauth"].includes(mode)) oauth();\nfunction oauth() { need("A_CLIENT"); }`,
    `${mode}switch (mode) { case "oauth": oauth(); break; case "token": need("A_TOKEN"); break; case "none": break; }\nfunction oauth() { if (!process.env.A_CLIENT) throw new Error("no"); }`,
    'class C { get usesToken() { return this.mode === "token"; }\n  constructor() { this.mode = process.env.A_MODE ?? "token"; if (this.usesToken && !process.env.A_TOKEN) throw new Error("no"); }\n}\nnew C();',
  ])
    await assertDemands([[js(code), ["A_TOKEN"]]]);
});

test("a way that the code refuses is none", async () => {
  const needs =
    'if (auth === "oauth") { if (!process.env.A_ISSUER) throw new Error("no"); } else if (!process.env.A_URL) throw new Error("no");\n';
  const auth = 'const auth = process.env.A_AUTH ?? "token";\n';
  const need = "function need(name) { if (!process.env[name]) throw new Error(name); }";
  const both = 'if (!process.env.A_KEY && !process.env.A_FILE) throw new Error("no");\n';
  await assertDemands([
    [js(`${auth}${needs}`), [], [["A_AUTH", "A_ISSUER"], ["A_URL"]]],
    [js(`${auth}${needs}if (process.env.A_ISSUER) { if (isStdio) throw new Error("not over stdio"); }`), ["A_URL"]],
    [
      js(`${auth}${needs}if (process.env.A_ISSUER && fast) throw new Error("no");`),
      [],
      [["A_AUTH", "A_ISSUER"], ["A_URL"]],
    ],
    // A setting has one word at a time: A_ISSUER and A_SSO are of two.
    [
      js(`${auth}${needs}if (auth === "sso") need("A_SSO"); else if (auth === "token") need("A_KEY");\n${need}`),
      [],
      [
        ["A_URL", "A_AUTH", "A_SSO"],
        ["A_URL", "A_KEY"],
        ["A_AUTH", "A_ISSUER", "A_KEY"],
      ],
    ],
    [
      js(`${both}if (process.env.A_KEY && process.env.A_FILE) throw new Error("only one");`),
      [],
      [["A_KEY"], ["A_FILE"]],
    ],
  ]);
});

test("a flag that something may turn around is what it is by itself", async () => {
  const loop = "let found = false;\nfor (const one of list()) { if (one.ok) found = true; }\n";
  const need = 'if (!process.env.A_KEY) throw new Error("no");\n';
  await assertDemands([
    [js(`function load() {\n${loop}if (!found) return;\n${need}}\nload();`), []],
    [
      js(
        `function load() {\n${loop.replace("false", "true").replace("= true; }", "= false; }")}if (!found) return;\n${need}}\nload();`,
      ),
      ["A_KEY"],
    ],
    [js(`${loop}if (!found) throw new Error("none");`), []],
  ]);
});

test("a function is heard that calls a helper below it", async () => {
  await assertDemands([
    [
      python(
        "if load() is None and not os.getenv('A_FILE'):\n    raise ValueError('no')",
        "def load():\n    raw = get('A_KEY')\n    if raw is None:\n        return None\n    if not parse(raw).ok:\n        raise ValueError('no')\n    return raw\ndef get(name):\n    return os.getenv(name)\n",
      ),
      [],
      [["A_KEY"], ["A_FILE"]],
    ],
  ]);
});

test("Python: a validator before the fields sees none of their own values", async () => {
  const before = (mode: string) =>
    python(
      "S()",
      `from pydantic import model_validator, root_validator\nfrom pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    a_mode: str = 'token'\n    a_token: str | None = None\n    ${mode}\n    def check(cls, values):\n        if values.get('a_mode') == 'token' and not values.get('a_token'):\n            raise ValueError('no')\n        return values\n`,
    );
  await assertDemands([
    [before("@root_validator"), ["A_TOKEN"]],
    [before("@root_validator(pre=True)"), []],
  ]);
});

test("a setting that chooses how to sign in is no secret, and has the word of its own that its enum says", async () => {
  const published = [{ name: "thing-mcp", repository: REPOSITORY }];
  const auth = async (code: string) => {
    const { inputs } = await inspectFiles(js(code), { npm: published });
    return inputs.find(({ key }) => key === "A_AUTH")?.secret;
  };
  const chosen =
    'const auth = process.env.A_AUTH ?? "token";\nif (auth === "token" && !process.env.A_KEY) throw new Error("no");';
  assert.equal(await auth(chosen), false);
  assert.equal(await auth('const auth = process.env.A_AUTH;\nif (!auth) throw new Error("no");'), true);
  const before = "from enum import Enum\nclass Mode(Enum):\n    FAST = 'fast'\n";
  const { inputs } = await inspectFiles(settings("pass", { before, mode: "Mode = Mode.FAST" }), { pypi: published });
  assert.equal(inputs.find(({ key }) => key === "A_MODE")?.default, "fast");
});

test("a setting that a flag or a variable gives has to be given where each of its words is asked for", async () => {
  const chosen = (given: string, otherwise = "raise ValueError('no')") =>
    python(
      `parser = argparse.ArgumentParser()\nparser.add_argument('--kind'${given})\nargs = parser.parse_args()\nkind = args.kind or os.environ.get('KIND')\nmatch kind:\n    case Kind.ONE.value:\n        one()\n    case 'two':\n        two()\n    case _:\n        ${otherwise}`,
      "import argparse\nfrom enum import Enum\nclass Kind(Enum):\n    ONE = 'one'\n    TWO = 'two'\n",
    );
  const script = (otherwise: string) =>
    js(
      `const kind = options.kind || process.env.KIND;\nif (kind === "one") one(); else if (kind === "two") two(); else ${otherwise}`,
    );
  await assertDemands([
    [chosen(", default=''"), ["KIND"]],
    [chosen(""), ["KIND"]],
    [chosen(", default=''", "one()"), []],
    [script("throw new Error('no');"), ["KIND"]],
    [script("one();"), []],
  ]);
});
