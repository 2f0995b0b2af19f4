import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { inspectFiles } from "../testing/inspect-files.ts";
import { pypiServer, readDemands } from "../testing/repositories.ts";

// What a server in Python asks for, in the words in which programs say it.

const main = (body: string, before = "") =>
  pypiServer(`${before}\ndef main():\n    ${body.replaceAll("\n", "\n    ")}\n    mcp.run()\n`, "");

test("what a network transport needs is not asked of a server over stdio", async () => {
  const arms = (test: string, before = "") =>
    main(`${test}:\n    a = os.environ['H_KEY']\nelse:\n    a = os.environ['A_KEY']`, before);
  const modes = "from enum import Enum\nclass Transport(Enum):\n    HTTP = 'http'\n    STDIO = 'stdio'\n";
  for (const files of [
    arms("transport = resolve()\nif transport == 'http'"),
    arms("if args.transport in ('http', 'sse')"),
    arms("if settings.transport != 'stdio'"),
    arms("if os.getenv('MCP_TRANSPORT', 'stdio') == 'http'"),
    arms("if transport == Transport.HTTP", modes),
    arms("if transport == TransportType.STREAMABLE_HTTP"),
    arms("if args.http"),
    arms("if settings.use_sse"),
    arms("if '--http' in sys.argv"),
    main(
      "match transport:\n    case 'http' | 'sse':\n        a = os.environ['H_KEY']\n    case _:\n        a = os.environ['A_KEY']",
    ),
    main(
      "match transport:\n    case Kind.STDIO:\n        a = os.environ['A_KEY']\n    case Kind.HTTP:\n        a = os.environ['H_KEY']",
    ),
    main(
      "a = os.environ['A_KEY']\nif transport == 'stdio':\n    mcp.run()\n    return\nposture()",
      "def posture():\n    if not os.getenv('H_KEY'):\n        raise SystemExit('no')\n",
    ),
    main("if transport == 'http':\n    serve(os.environ['H_KEY'])\n    return\na = os.environ['A_KEY']"),
    main(
      "deploy_mode = os.getenv('DEPLOY_MODE', LOCAL)\nif deploy_mode == LOCAL:\n    a = os.environ['A_KEY']\nelse:\n    a = os.environ['H_KEY']",
      "LOCAL = 'local'\n",
    ),
  ])
    await assertDemands([[files, ["A_KEY"]]]);
  // A local browser is no deployment.
  const browser = main("if browser_mode == 'local':\n    a = os.environ['A_KEY']\nelse:\n    a = os.environ['B_KEY']");
  await assertDemands([[browser, [], [["A_KEY"], ["B_KEY"]]]]);
  // An object for HTTP is no choice of it.
  await assertDemands([[main("if http:\n    a = os.environ['A_KEY']", "http = make()\n"), []]]);
});

test("a name that is given to the environment reads it", async () => {
  const reading = (head: string, first = "") =>
    main(
      "key = get('A_KEY')\nif not key:\n    raise SystemExit(1)",
      `def get(${head}):\n    ${first}return env.get(name)\n`,
    );
  for (const files of [
    reading("name, environ=None", "env = os.environ if environ is None else environ\n    "),
    reading("name, environ=None", "env = environ or os.environ\n    "),
    reading("name, env=os.environ"),
    main("env = dict(os.environ)\nif not env.get('A_KEY'):\n    raise SystemExit(1)"),
    main("env = os.environ.copy()\nif 'A_KEY' not in env:\n    raise SystemExit(1)"),
    main("env: dict = {**defaults, **os.environ}\na = env['A_KEY']"),
    main("load()", "def load(env=None):\n    if env is None:\n        env = os.environ\n    a = env['A_KEY']\n"),
    main(
      "C()",
      "class C:\n    def __init__(self, env=None):\n        self.env = env or os.environ\n        self.key = self.env['A_KEY']\n",
    ),
    main("read = os.environ.get\nif not read('A_KEY'):\n    raise SystemExit(1)"),
    main("a = e['A_KEY']", "from os import environ as e\n"),
    main("if not g('A_KEY'):\n    raise SystemExit(1)", "from os import getenv as g\n"),
    main("a = os.environ.pop('A_KEY')"),
  ])
    await assertDemands([[files, ["A_KEY"]]]);
  // In another function the name may hold anything.
  const other =
    "def one():\n    data = os.environ\n    return data.get('A_URL')\ndef two(data):\n    return data['A_KEY']\n";
  await assertDemands([[main("one()\ntwo({})", other), []]]);
});

test("a flag or a count that a check sets is heard where it is judged", async () => {
  const loop = (first: string, step: string, judged: string) =>
    main(
      `${first}\nfor name in NAMES:\n    value = os.environ.get(name)\n    if not value:\n        print(name)\n        ${step}\n${judged}:\n    raise SystemExit(1)`,
      "NAMES = ['A_KEY', 'A_URL']\n",
    );
  for (const files of [
    loop("code = None", "code = 1", "if code is not None"),
    loop("ok = True", "ok = False", "if not ok"),
    loop("ok = True", "ok = False", "if ok is False"),
    loop("missing = 0", "missing += 1", "if missing > 0"),
    loop("code = 0", "code = 2", "if code != 0"),
    loop("errors = ''", "errors += name", "if errors"),
    loop("errors = []", "errors += [name]", "if errors"),
    main(
      "ok = True\nif not os.getenv('A_KEY'):\n    ok = False\nif not os.getenv('A_URL'):\n    ok = False\nif not ok:\n    raise SystemExit(1)",
    ),
    main(
      "if not check():\n    raise SystemExit(1)",
      "def check():\n    ok = True\n    for n in ('A_KEY', 'A_URL'):\n        if n not in os.environ:\n            ok = False\n    return ok\n",
    ),
  ])
    await assertDemands([[files, ["A_KEY", "A_URL"]]]);
  const found = "found = False\nfor n in ('A_KEY', 'A_URL'):\n    if os.getenv(n):\n        found = True\n";
  await assertDemands([
    [main(`${found}if not found:\n    raise SystemExit(1)`), [], [["A_KEY"], ["A_URL"]]],
    [main(`${found}if found:\n    print('found')`), []],
    [
      main(
        "ok = True\nif oauth:\n    if not os.getenv('A_KEY'):\n        ok = False\nif not ok:\n    raise SystemExit(1)",
      ),
      [],
    ],
  ]);
});

test("a loop over what is written out speaks of each of it", async () => {
  const fails = "    if not v:\n        raise SystemExit(1)";
  for (const files of [
    main(`for n in ('KEY', 'URL'):\n    v = os.getenv(f'A_{n}')\n${fails}`),
    main(`for n, why in [('A_KEY', 'x'), ('A_URL', 'y')]:\n    v = os.getenv(n)\n${fails}`),
    main(`for field, n in MAP.items():\n    v = os.getenv(n)\n${fails}`, "MAP = {'key': 'A_KEY', 'url': 'A_URL'}\n"),
    main(`for n in MAP:\n    v = os.getenv('A_' + n.upper())\n${fails}`, "MAP = {'key': 1, 'url': 2}\n"),
    main(
      `for n, info in MAP.items():\n    v = os.getenv(info['env'])\n${fails}`,
      "MAP = {'k': {'env': 'A_KEY'}, 'u': {'env': 'A_URL'}}\n",
    ),
    main("values = {n: os.environ[f'A_{n}'] for n in ('KEY', 'URL')}"),
  ])
    await assertDemands([[files, ["A_KEY", "A_URL"]]]);
  const table = "TABLE = [{'env': 'A_KEY', 'required': True}, {'env': 'A_URL', 'required': False}]\n";
  const each = "for f in TABLE:\n    if f['required'] and not os.getenv(f['env']):\n        raise SystemExit(1)";
  await assertDemands([[main(each, table), ["A_KEY"]]]);
  await assertDemands([
    [
      main("if not any(os.getenv(n) for n in ('A_KEY', 'A_URL')):\n    raise SystemExit(1)"),
      [],
      [["A_KEY"], ["A_URL"]],
    ],
  ]);
});

test("names that are put together are found", async () => {
  const reader = (read: string) =>
    main("get('key')", `PREFIX = 'A_'\ndef get(name):\n    return os.environ.get(${read})\n`);
  for (const read of [
    "PREFIX + name.upper()",
    "f'{PREFIX}{name}'.upper()",
    "'A_%s' % name.upper()",
    "'A_{}'.format(name.upper())",
  ]) {
    const { optional } = await readDemands(reader(read));
    assert.deepEqual(optional, ["A_KEY"], read);
  }
  const either =
    "def get(name):\n    names = [f'A_{name}', name]\n    for key in names:\n        if key in os.environ:\n            return os.environ.get(key)\n";
  const method =
    "class Env:\n    prefix = 'A_'\n    def get(self, name):\n        return os.environ.get(self.prefix + name)\n";
  assert.deepEqual((await readDemands(main("get('KEY')", either))).optional, ["A_KEY", "KEY"]);
  assert.deepEqual((await readDemands(main("Env().get('KEY')", method))).optional, ["A_KEY"]);
});

test("a demand hangs on the switch that a call gives", async () => {
  const check = (head: string, body: string) => `def check(${head}):\n    ${body.replaceAll("\n", "\n    ")}\n`;
  const given = check("key, *, require=True", "if require and not key:\n    raise ValueError('no key')\nreturn key");
  const asked = check(
    "name, required=False",
    "v = os.getenv(name)\nif required and not v:\n    raise ValueError(name)\nreturn v",
  );
  const hosted = "hosted = is_hosted() or ('--transport' in sys.argv and 'http' in sys.argv)\n";
  await assertDemands([
    [main("check(os.getenv('A_KEY'))", given), ["A_KEY"]],
    [main("check(key=os.getenv('A_KEY'), require=not hosted)", hosted + given), ["A_KEY"]],
    [main("check(os.getenv('A_KEY'), require=False)", given), []],
    [main("check('A_KEY', required=True)\ncheck('A_URL')", asked), ["A_KEY"]],
    [main("check('A_KEY', True)\ncheck('A_URL', False)", asked), ["A_KEY"]],
  ]);
});

test("a helper demands the name that it makes", async () => {
  for (const read of [
    "os.environ[PREFIX + name]",
    "os.environ[f'{PREFIX}{name}']",
    "require(os.getenv(f'A_{name.upper()}'))",
  ]) {
    const before = `PREFIX = 'A_'\ndef require(v):\n    if not v:\n        raise ValueError('no')\n    return v\ndef get(name):\n    return ${read}\n`;
    await assertDemands([[main("get('KEY')", before), ["A_KEY"]]]);
  }
  const either = "def get(name):\n    return os.getenv(f'A_{name}') or os.getenv(name)\n";
  await assertDemands([[main("if not get('KEY'):\n    raise SystemExit(1)", either), [], [["A_KEY"], ["KEY"]]]]);
});

test("the program's own ways to end are failures", async () => {
  const ends = (body: string) => main(`if not os.getenv('A_KEY'):\n    ${body}`, "");
  for (const files of [
    ends("print('A_KEY is not set')\n    return"),
    ends("logger.error('no key')\n    return 1"),
    ends("raise typer.Exit(code=1)"),
    ends("raise click.UsageError('no key')"),
    main("key = os.getenv('A_KEY') or sys.exit('no key')"),
    main("key = os.environ['A_KEY'] if 'A_KEY' in os.environ else sys.exit('no key')"),
  ])
    await assertDemands([[files, ["A_KEY"]]]);
  // Another function that says something and returns leaves only itself.
  const feature = "def feature():\n    if not os.getenv('A_KEY'):\n        print('off')\n        return\n    go()\n";
  await assertDemands([[main("feature()", feature), []]]);
});

test("several names at once are heard", async () => {
  const names = "REQUIRED = {'A_KEY', 'A_URL'}\n";
  const fail = ":\n    raise SystemExit(1)";
  for (const files of [
    main(`missing = REQUIRED - set(os.environ)\nif missing${fail}`, names),
    main(`missing = REQUIRED.difference(os.environ.keys())\nif missing${fail}`, names),
    main(`if not REQUIRED.issubset(os.environ)${fail}`, names),
    main(`if not REQUIRED <= os.environ.keys()${fail}`, names),
    main(`if next((n for n in ('A_KEY', 'A_URL') if not os.getenv(n)), None)${fail}`),
    main(`key, url = os.getenv('A_KEY'), os.getenv('A_URL')\nif None in (key, url)${fail}`),
    main("key, url = os.environ['A_KEY'], os.environ['A_URL']"),
    main(
      `missing = set()\nfor n in ('A_KEY', 'A_URL'):\n    if not os.getenv(n):\n        missing.add(n)\nif missing${fail}`,
    ),
  ])
    await assertDemands([[files, ["A_KEY", "A_URL"]]]);
});

test("the fields of a class are worked out where it stands", async () => {
  const data = (field: string, check = "") =>
    main("C()", `from dataclasses import dataclass, field\n@dataclass\nclass C:\n    key: str = ${field}\n${check}`);
  const check = "    def __post_init__(self):\n        if not self.key:\n            raise ValueError('no key')\n";
  for (const files of [
    data("os.environ['A_KEY']"),
    data("os.environ.get('A_KEY', '')", check),
    data("field(default_factory=lambda: os.getenv('A_KEY', ''))", check),
  ])
    await assertDemands([[files, ["A_KEY"]]]);
  const handed = {
    ...main("load(os.environ)", "from thing.config import load\n"),
    "src/thing/config.py": "def load(env):\n    return env['A_KEY']\n",
  };
  await assertDemands([[handed, ["A_KEY"]]]);
});

test("a check by names that are worked out is one of what they stand for", async () => {
  const fails = "if missing:\n    raise SystemExit(1)";
  const object =
    "class Config:\n    def __init__(self):\n        self.key = os.getenv('A_KEY')\n        self.url = os.getenv('A_URL')\n        self.org = os.getenv('A_ORG')\n";
  const values = "{'key': os.getenv('A_KEY'), 'url': os.getenv('A_URL'), 'org': os.getenv('A_ORG')}";
  for (const files of [
    main(`config = Config()\nmissing = [n for n in ('key', 'url') if not getattr(config, n)]\n${fails}`, object),
    main(
      "Config()",
      `${object}        self.check()\n    def check(self):\n        for n in ['key', 'url']:\n            if not getattr(self, n, None):\n                raise ValueError(n)\n`,
    ),
    main(
      "Config.check()",
      "class Config:\n    A_KEY = os.getenv('A_KEY')\n    A_URL = os.getenv('A_URL')\n    @classmethod\n    def check(cls):\n        missing = [n for n in ('A_KEY', 'A_URL') if not getattr(cls, n)]\n        if missing:\n            raise ValueError(missing)\n",
    ),
    main(`config = ${values}\nmissing = [n for n in ('key', 'url') if not config[n]]\n${fails}`),
    main(`config = ${values}\nfor n in ('key', 'url'):\n    if not config.get(n):\n        raise ValueError(n)`),
    main(
      "for n in ('A_KEY', 'A_URL'):\n    if not globals().get(n):\n        raise SystemExit(1)",
      "A_KEY = os.getenv('A_KEY')\nA_URL = os.getenv('A_URL')\n",
    ),
    main(
      `config = {n: os.getenv(n) for n in ('A_KEY', 'A_URL')}\nmissing = [n for n, v in config.items() if not v]\n${fails}`,
    ),
  ])
    await assertDemands([[files, ["A_KEY", "A_URL"]]]);
  await assertDemands([
    [main(`config = ${values}\nfor n in names():\n    if not config[n]:\n        raise ValueError(n)`), []],
    [main(`config = Config()\nfor n in ('key', 'url'):\n    if not getattr(config, n):\n        print(n)`, object), []],
  ]);
});

test("a check in another file that returns False, alone or with a message, is heard where it is judged", async () => {
  const check = (body: string, judged: string) => ({
    ...main(judged, "from thing import config\n"),
    "src/thing/config.py": `import os\nA_KEY = os.getenv('A_KEY')\ndef check():\n    ${body.replaceAll("\n", "\n    ")}\n`,
  });
  const says = "if not A_KEY:\n    print('no key')\n    return False\nreturn True";
  const tells = "if not A_KEY:\n    return False, 'no key'\nreturn True, ''";
  await assertDemands([
    [check(says, "if not config.check():\n    raise SystemExit(1)"), ["A_KEY"]],
    [check(tells, "ok, message = config.check()\nif not ok:\n    raise SystemExit(message)"), ["A_KEY"]],
    [check(says, "if not config.check():\n    print('limited')"), []],
    [check(tells, "ok, message = config.check()\nif not ok:\n    print(message)"), []],
  ]);
});

test("a variable whose name is a constant is read by its name", async () => {
  const constants = "ENV_KEY = 'A_KEY'\nENV_URL = 'A_URL'\n";
  const elsewhere = (imports: string, body: string) => ({
    ...main(body, imports),
    "src/thing/const.py": `${constants}`,
  });
  for (const files of [
    main("key, url = os.environ[ENV_KEY], os.environ[ENV_URL]", constants),
    elsewhere("from thing.const import ENV_KEY, ENV_URL\n", "get(os.environ[ENV_KEY], os.environ[ENV_URL])"),
    elsewhere(
      "from thing import const\n",
      "if not os.getenv(const.ENV_KEY) or not os.environ.get(const.ENV_URL):\n    raise SystemExit(1)",
    ),
    main(
      "key = os.getenv(Env.KEY.value)\nif not key:\n    raise ValueError('no')\nurl = os.environ[Env.URL]",
      "class Env(str, Enum):\n    KEY = 'A_KEY'\n    URL = 'A_URL'\n",
    ),
  ])
    await assertDemands([[files, ["A_KEY", "A_URL"]]]);
  await assertDemands([[main("key, url = os.getenv(ENV_KEY, 'x'), os.environ.get(ENV_URL, 'y')", constants), []]]);
});

test("what is worked out where something is opened, declared or made is demanded there", async () => {
  const base =
    "class Base:\n    def __init__(self, key, url='x'):\n        if not key:\n            raise ValueError('no key')\n";
  const made = (given: string) =>
    main("Own()", `${base}class Own(Base):\n    def __init__(self, key=None):\n        super().__init__(${given})\n`);
  for (const files of [
    main("with open(os.environ['A_KEY']) as file:\n    read(file)"),
    main("with Lock(), Client(key=os.environ['A_KEY']) as client:\n    read(client)"),
    main("run()", "def make(key=os.environ['A_KEY']):\n    return key\n"),
    main("run()", "@cache\ndef make(*, key: str = os.environ['A_KEY']):\n    return key\n"),
    made("os.getenv('A_KEY')"),
    made("key=key or os.getenv('A_KEY')"),
    main(
      "client = Client(os.getenv('A_KEY')) if os.getenv('A_KEY') else None\nif client is None:\n    raise SystemExit(1)",
    ),
  ])
    await assertDemands([[files, ["A_KEY"]]]);
  await assertDemands([
    [made("os.getenv('A_KEY', 'x')"), []],
    [
      main(
        "with connect() as client:\n    client.start()",
        "@contextmanager\ndef connect():\n    if not os.getenv('A_KEY'):\n        raise ValueError('no')\n    yield 1\n",
      ),
      [],
    ],
    [made("'x', os.getenv('A_KEY')"), []],
    [main("client = Client(os.getenv('A_KEY')) if os.getenv('A_KEY') else None\nif client:\n    client.start()"), []],
  ]);
});

test("argparse: a flag that is required without its variable, and a group of which one flag has to be given", async () => {
  const parser = (...lines: string[]) =>
    main(["parser = argparse.ArgumentParser()", ...lines, "args = parser.parse_args()"].join("\n"));
  for (const isRequired of ["not os.getenv('A_KEY')", "'A_KEY' not in os.environ", "os.environ.get('A_KEY') is None"])
    await assertDemands([
      [parser(`parser.add_argument('--key', default=os.getenv('A_KEY'), required=${isRequired})`), ["A_KEY"]],
    ]);
  const group = (isRequired: string) =>
    parser(
      `group = parser.add_mutually_exclusive_group(${isRequired})`,
      "group.add_argument('--file')",
      "group.add_argument('--url')",
    );
  await assertDemands([
    [parser("parser.add_argument('--key', default=os.getenv('A_KEY'), required=False)"), []],
    [group("required=True"), [], [["--file"], ["--url"]]],
    [group(""), []],
    // Switches choose what a program does: to synchronize once, or to show a status.
    [
      parser(
        "group = parser.add_mutually_exclusive_group(required=True)",
        "group.add_argument('--once', action='store_true')",
        "group.add_argument('--status', action='store_true')",
      ),
      [],
    ],
  ]);
});

test("what a file would do as a program of its own is none of the server's", async () => {
  const script =
    "import argparse, os, sys\ndef analyze(path):\n    return path\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('path')\n    parser.add_argument('--depth', required=True)\n    print(analyze(parser.parse_args().path), os.environ['A_KEY'])\nif __name__ == '__main__':\n    main()\n";
  const server = (imports: string, call: string): Record<string, string> => ({
    ...main(call, imports),
    "src/thing/analyzer.py": script,
  });
  const unnamed = {
    "pyproject.toml": '[project]\nname = "thing-mcp"\ndependencies = ["mcp"]\n',
    "README.md":
      '# Thing MCP server\n\n```json\n{"mcpServers": {"thing": {"command": "python", "args": ["src/server.py"]}}}\n```\n',
    "src/server.py":
      "import os\nfrom mcp.server.fastmcp import FastMCP\nfrom analyzer import analyze\nmcp = FastMCP('thing')\nkey = os.environ['A_URL']\ndef main():\n    mcp.run()\nif __name__ == '__main__':\n    main()\n",
    "tools/analyzer.py": script,
    "tools/other.py": script,
  };
  for (const [files, required] of [
    [server("from thing.analyzer import analyze\n", "analyze('x')"), []],
    [server("from thing import analyzer\n", "analyzer.analyze('x')"), []],
    [server("from thing.analyzer import main as run\n", "run()"), ["--depth", "A_KEY", "position 0"]],
    [server("from thing import analyzer as other\n", "other.main()"), ["--depth", "A_KEY", "position 0"]],
  ] satisfies [Record<string, string>, string[]][]) {
    const found = await readDemands(files);
    assert.deepEqual(found.required, required, files["src/thing/server.py"]);
    assert.ok(!found.optional.includes("--depth"), files["src/thing/server.py"]);
  }
  const { inputs } = await inspectFiles(unnamed, {});
  assert.deepEqual(
    inputs.map((input) => [input.key, input.required]),
    [["A_URL", true]],
  );
});

test("Python: what only prints something where the server runs in the other arm ends the program", async () => {
  const read = "KEY = os.getenv('A_KEY')\n";
  const requiredOf = async (code: string) => (await readDemands(pypiServer(read + code, ""))).required;
  for (const code of [
    "if __name__ == '__main__':\n    if not KEY:\n        print('no key')\n    else:\n        try:\n            mcp.run()\n        except Exception as e:\n            print(e)\n",
    "def main():\n    if KEY:\n        mcp.run()\n    else:\n        logger.error('no key')\n",
    "def main():\n    if not all([KEY]):\n        print('no key')\n    else:\n        print('starting')\n        mcp.run()\n",
  ])
    assert.deepEqual(await requiredOf(code), ["A_KEY"], code);
  for (const code of [
    "def main():\n    if not KEY:\n        print('no key')\n    else:\n        print('key')\n    mcp.run()\n",
    "def main():\n    if KEY:\n        mcp.run(transport='sse')\n    else:\n        print('local')\n        mcp.run()\n",
    "def main():\n    if not KEY:\n        print('local')\n        mcp.settings.port = 1\n        start()\n    else:\n        mcp.run()\n",
    "def helper():\n    if not KEY:\n        print('no key')\n    else:\n        mcp.run()\ndef main():\n    mcp.run()\n",
  ])
    assert.deepEqual(await requiredOf(code), [], code);
});
