import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

// Variables that go into a dictionary under other names, and names that the code knows in part.

const python = (body: string, readme = "") =>
  pypiServer(`NAMES = ['key', 'url']\ndef main():\n    ${body.replaceAll("\n", "\n    ")}\n    mcp.run()\n`, readme);
const FAIL = "\n    raise ValueError('no')";
const GIVEN = "given = {k: os.getenv('A_' + k.upper()) for k in NAMES if os.getenv('A_' + k.upper())}\n";

test("Python: what a dictionary holds is asked for by its own names", async () => {
  for (const files of [
    python(`${GIVEN}assert 'key' in given and 'url' in given, 'no'`),
    python(`${GIVEN}if not given.get('key') or given.get('url') is None:${FAIL}`),
    python(`${GIVEN}args = {**given, **parse()}\nassert 'key' in args\nassert 'url' in args`),
    python(`${GIVEN}args = dict(given)\nfor name in ('x',):\n    pass\nif not args['key'] or not args['url']:${FAIL}`),
    python(
      `config = {'key': os.getenv('A_KEY'), 'url': os.getenv('A_URL')}\nif not config['key'] or not config.get('url'):${FAIL}`,
    ),
    python(
      `config = {}\nconfig = {'key': os.getenv('A_KEY')}\nconfig['url'] = os.getenv('A_URL')\nif not config['key'] or not config['url']:${FAIL}`,
    ),
  ])
    await assertDemands([[files, ["A_KEY", "A_URL"]]]);
  await assertDemands([
    [python(`${GIVEN}if not given:${FAIL}`), [], [["A_KEY"], ["A_URL"]]],
    // A name that is written out is there, whatever it holds.
    [python(`config = {'key': os.getenv('A_KEY')}\nif 'key' not in config:${FAIL}`), []],
    [python(`config = {'key': os.getenv('A_KEY')}\nconfig = load()\nif not config['key']:${FAIL}`), []],
    [python(`config = {'key': os.getenv('A_KEY', 'x')}\nif not config['key']:${FAIL}`), []],
  ]);
});

test("Python: what a function writes into a dictionary is known where the function's result is asked for it", async () => {
  const load = (made: string, filled: string) =>
    `def load():\n    creds${made}\n    url = os.getenv('A_URL')\n${filled}    return creds\n`;
  const set =
    "    if url:\n        creds['url'] = url\n    if os.getenv('A_KEY'):\n        creds['key'] = os.getenv('A_KEY')\n";
  const file =
    "    if PATH.exists():\n        try:\n            told = json.loads(PATH.read_text())\n            if 'url' in told:\n                creds['url'] = told['url']\n        except ValueError:\n            pass\n";
  const asked = (body: string, ask: string) => ({
    ...python(""),
    "src/thing/server.py": `import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("thing")\n${body}def main():\n    creds = load()\n${ask}    mcp.run()\n`,
  });
  const exit =
    "    url = creds.get('url', '')\n    if not url:\n        raise SystemExit(1)\n    if not creds.get('key'):\n        raise SystemExit(1)\n";
  await assertDemands([
    [asked(load(" = {}", set), exit), ["A_KEY", "A_URL"]],
    [asked(load(": dict[str, str] = {}", set + file), exit), ["A_KEY", "A_URL"]],
    [asked(load(" = dict()", set), exit.replace("creds.get('key')", "creds['key']")), ["A_KEY", "A_URL"]],
    [asked(load(" = {}", set), "    use(creds.get('url'), creds.get('key'))\n"), []],
    [asked(load(" = {}", set), "    if not creds.get('org'):\n        raise SystemExit(1)\n"), []],
    [
      asked(
        load(" = {'key': 'x'}", "    if url:\n        creds['url'] = url\n"),
        "    if not creds.get('key'):\n        raise SystemExit(1)\n",
      ),
      [],
    ],
  ]);
});

test("Python: names that another package lists are known where the code or documentation says them", async () => {
  const listed = "given = {k: os.getenv('AC_' + k.upper()) for k in lib.OPTIONS if os.getenv('AC_' + k.upper())}\n";
  const files = python(
    `${listed}args = {**given, **parse()}\nassert 'key' in args`,
    "The server reads `AC_REGION` and `B_REGION`.\n",
  );
  const found = await readDemands(files);
  assert.deepEqual([found.required, found.optional], [["AC_KEY"], ["AC_REGION"]]);
  // A flag does the same as a variable where both go into one dictionary.
  const readme = configBlock({}, "--region", "<region>").replace("npx", "uvx").replace('"-y",', "");
  const options = async (code: string) => {
    const { required, optional } = await readDemands(python(code, `${readme}\nOr set \`AC_REGION\`.\n`));
    return [...required, ...optional].sort();
  };
  assert.deepEqual(await options(`${listed}args = {**given, **parse()}\nuse(args)`), ["AC_REGION"]);
  assert.deepEqual(await options(`${listed}use(given)`), ["--region", "AC_REGION"]);
});

test("a variable that documentation names is read where the code knows how it begins", async () => {
  const readme = "It takes `AC_ONE`, `AC_TWO` and `B_ONE`.\n";
  for (const files of [
    python("for k in load():\n    use(os.environ.get(f'AC_{k}'))", readme),
    python("prefix = 'AC_'\nfor k in load():\n    use(os.environ.get(prefix + k))", readme),
    npmServer(`for (const k of load()) use(process.env[\`AC_\${k}\`]);`, readme),
    npmServer('const PREFIX = "AC_";\nfor (const k of load()) use(process.env[PREFIX + k]);', readme),
  ]) {
    const { required, optional } = await readDemands(files);
    assert.deepEqual([required, optional], [[], ["AC_ONE", "AC_TWO"]]);
  }
  for (const files of [
    python("for k in load():\n    use(os.environ.get(k))", readme),
    npmServer('for (const k of load()) process.env["AC_" + k] = get(k);', readme),
  ])
    assert.deepEqual((await readDemands(files)).optional, []);
});

test("Python: the name of a variable may stand in a dictionary of names", async () => {
  const names =
    "KEYS = {'key': 'A_KEY', 'url': 'A_URL'}\nSYSTEM = 'thing'\nALL = {SYSTEM: KEYS, 'other': {'key': 'B_KEY'}}\n";
  const reading = (body: string) =>
    pypiServer(`${names}def main():\n    ${body.replaceAll("\n", "\n    ")}\n    mcp.run()\n`, "");
  for (const body of [
    "use(os.environ[KEYS['key']], os.environ[KEYS.get('url')])",
    "keys = ALL[SYSTEM]\nuse(os.environ[keys['key']], os.environ[keys['url']])",
    `try:\n    if SYSTEM in ALL:\n        keys = ALL[SYSTEM]\nfinally:\n    pass\nif not os.getenv(keys['key']) or not os.getenv(keys['url']):${FAIL}`,
    "use(os.environ[ALL['thing']['key']], os.environ[ALL[SYSTEM]['url']])",
  ])
    await assertDemands([[reading(body), ["A_KEY", "A_URL"]]]);
  const { required, optional } = await readDemands(
    reading("def read(system):\n    keys = ALL[system]\n    return os.getenv(keys['key'])\nread(sys.argv[1])"),
  );
  assert.deepEqual([required, optional], [[], []]);
});
