import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { configBlock, npmServer, pypiServer, readDemands } from "../testing/repositories.ts";

async function listArguments(files: Record<string, string>) {
  const published = [{ name: "thing-mcp", repository: REPOSITORY }];
  const known = "pyproject.toml" in files ? { pypi: published } : { npm: published };
  const { server, inputs } = await inspectFiles(files, known);
  const found = inputs.map(({ key, placeholder }) => (placeholder === null ? key : `${key} ${placeholder}`));
  return { args: server.args, found: found.sort() };
}

const shell = (command: string) => `\`\`\`bash\n${command}\n\`\`\`\n`;

test("a file that a container's other entry point starts is no argument of the server", async () => {
  for (const [command, found] of [
    ["docker run -d --entrypoint node -p 80:80 acme/thing-mcp /app/cli.js --team red", ["--team red"]],
    ["docker run --entrypoint=python acme/thing-mcp -m thing --team red", ["--team red"]],
    ["docker run --entrypoint sh acme/thing-mcp -c 'thing-mcp /data'", []],
    ["docker run --entrypoint thing-mcp acme/thing-mcp /data", ["position 0 /data"]],
    ["docker run acme/thing-mcp /data", ["position 0 /data"]],
  ] as const)
    assert.deepEqual((await listArguments(npmServer("", shell(command)))).found, found, command);
});

test("what developers run in a checkout shows no arguments of its server", async () => {
  const readme = shell("uv run python -m pytest src/thing/ -v\npython -m unittest tests/\nuv run -m ruff src/");
  assert.deepEqual(await listArguments(pypiServer("def main():\n    mcp.run()\n", readme)), { args: [], found: [] });
});

test("several plain words behind an option are its values, and one can be a subcommand", async () => {
  const read = (...args: string[]) => listArguments(npmServer("", configBlock({}, ...args)));
  assert.deepEqual(await read("--domains", "core", "work", "work-items"), { args: [], found: ["--domains core"] });
  assert.deepEqual(await read("--level", "high", "serve"), { args: ["serve"], found: ["--level high"] });
  assert.deepEqual(await read("--level", "high", "/srv/a", "/srv/b"), {
    args: [],
    found: ["--level high", "position 0 /srv/a", "position 1 /srv/b"],
  });
});

test("an option that documentation shows by its short spelling is the one that the code declares", async () => {
  const readme = configBlock({}, "-d", "core");
  const yargs = 'yargs(process.argv).option("domains", { alias: "d", type: "string", default: "all" }).parse();\n';
  const commander = 'program.option("-d, --domains <names>", "domains to load", "all").parse();\n';
  const parseArgs =
    'import { parseArgs } from "node:util";\nparseArgs({ options: { domains: { type: "string", short: "d" } } });\n';
  for (const code of [yargs, commander, parseArgs])
    assert.deepEqual((await listArguments(npmServer(code, readme))).found, ["--domains core"], code);
  const argparse =
    "import argparse\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('-d', '--domains')\n    parser.parse_args()\n    mcp.run()\n";
  const python = readme.replace('"npx"', '"uvx"').replace(/\s*"-y",/, "");
  assert.deepEqual((await listArguments(pypiServer(argparse, python))).found, ["--domains core"]);
  // The other of two separators, of which the program takes one.
  const pages = configBlock({}, "--page_size", "core")
    .replace('"npx"', '"uvx"')
    .replace(/\s*"-y",/, "");
  const dashed = argparse.replace("'-d', '--domains'", "'--page-size', default='all'");
  assert.deepEqual((await listArguments(pypiServer(dashed, pages))).found, ["--page-size core"]);
});

test("options of another program of the package are none of the server's", async () => {
  const files = npmServer("", "");
  const manifest = JSON.parse(files["package.json"] ?? "");
  const bin = { "thing-mcp": "dist/index.js", thing: "dist/cli.js" };
  const both = {
    ...files,
    "package.json": JSON.stringify({ ...manifest, bin }),
    "src/cli.ts": 'program.option("--output <format>", "how to print").parse();\nprocess.env.THING_COLOR;\n',
  };
  assert.deepEqual((await listArguments(both)).found, []);
});

test("what surroundings set is asked of no one, unless documentation shows a name that can be an input", async () => {
  const code =
    "const e = process.env;\nconsole.error(e.POD_NAME, e.KUBERNETES_PORT, e.KUBERNETES_NAMESPACE, e.PODMAN_IMAGE, e.IS_DOCKER, e.WT_SESSION, e.CODESPACE_NAME, e.A_NAME);\n";
  assert.deepEqual((await listArguments(npmServer(code, ""))).found, ["A_NAME"]);
  const readme = configBlock({ KUBERNETES_NAMESPACE: "default", POD_NAME: "x" });
  assert.deepEqual((await listArguments(npmServer(code, readme))).found, ["A_NAME", "KUBERNETES_NAMESPACE default"]);
});

test("what a second command over HTTP demands is not demanded by the server of the package's own command", async () => {
  const code =
    "def main():\n    print(os.getenv('A_URL'))\n    mcp.run()\ndef main_web():\n    if not os.getenv('A_SECRET'):\n        raise SystemExit('no')\n    mcp.run()\n";
  const files = pypiServer(code, "");
  const scripts = `${files["pyproject.toml"]}thing-mcp-web = "thing.server:main_web"\n`;
  const known = { pypi: [{ name: "thing-mcp", repository: REPOSITORY }] };
  const { inputs } = await inspectFiles({ ...files, "pyproject.toml": scripts }, known);
  assert.deepEqual(
    inputs.map(({ key, required }) => [key, required]),
    [
      ["A_SECRET", false],
      ["A_URL", false],
    ],
  );
});

test("options of a parser that a subcommand has for itself are none of the server's", async () => {
  const code =
    "import argparse, sys\ndef install_hooks(argv):\n    parser = argparse.ArgumentParser(\n        prog='thing-mcp install-hooks',\n    )\n    parser.add_argument('--client', required=True)\n    parser.parse_args(argv)\ndef main():\n    if sys.argv[1:2] == ['install-hooks']:\n        return install_hooks(sys.argv[2:])\n    parser = argparse.ArgumentParser(prog='thing-mcp')\n    parser.add_argument('--team')\n    parser.parse_args()\n    mcp.run()\n";
  assert.deepEqual((await listArguments(pypiServer(code, ""))).found, ["--team"]);
});

test("a script of the checkout that is not the server shows no arguments of it, and prose in brackets is one placeholder", async () => {
  const files = pypiServer("def main():\n    mcp.run()\n", "");
  const read = (readme: string, script: string) =>
    listArguments({ ...files, "README.md": readme, "tools/check.py": script, "run.py": script });
  const check = "import argparse\nargparse.ArgumentParser().parse_args()\n";
  for (const command of [
    "python tools/check.py [full path to your script to analyze]",
    "python tools/check.py --into ./out x",
    "uv run ./run.py <path to your file>",
  ])
    assert.deepEqual((await read(shell(command), check)).found, [], command);
  const starts = "from thing.server import main\nmain()\n";
  assert.deepEqual((await read(shell("python run.py <path to your file>"), starts)).found, [
    "position 0 <path to your file>",
  ]);
  for (const command of [
    "uvx thing-mcp [full path of your folder]",
    "uvx thing-mcp [full path of your folder] [--fast]",
  ])
    assert.deepEqual((await read(shell(command), starts)).found, ["position 0 [full path of your folder]"], command);
});

test("a usage text's options are none of the command's words, and of transports stdio is chosen", async () => {
  const usage = (words: string) =>
    listArguments(pypiServer("def main():\n    mcp.run()\n", shell(`uvx thing-mcp ${words}`)));
  const bare = { args: ["stdio"], found: [] };
  assert.deepEqual(await usage("[-h] [--version] [--port PORT] [--deps DEPS] {stdio,streamable-http,example}"), bare);
  assert.deepEqual(await usage("'<stdio|sse>'"), bare);
  assert.deepEqual(await usage("[--deps DEPS] /data"), { args: [], found: ["position 0 /data"] });
});

test("Python: of a list of positions, documentation may show more than the code needs", async () => {
  const shown = configBlock({}, "~/Downloads", "~/Desktop")
    .replace('"npx"', '"uvx"')
    .replace(/"-y",\s*/, "");
  const parser = (given: string) =>
    `def build():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('dirs', ${given})\n    return parser\n`;
  const serving = "def main():\n    build().parse_args()\n    mcp.run()\n";
  const sign =
    "def build_auth():\n    parser = argparse.ArgumentParser(prog='thing-mcp auth')\n    commands = parser.add_subparsers()\n    login = commands.add_parser('login')\n    login.add_argument('name')\n";
  for (const [given, more, required] of [
    ["nargs='*'", "", []],
    ["nargs='*'", sign, []],
    ["nargs='+'", "", ["position 0"]],
    ["nargs='+'", sign, ["position 0"]],
    ["default='.', nargs='?'", sign, []],
  ] satisfies [string, string, string[]][]) {
    const files = pypiServer(`import argparse\n${parser(given)}${more}${serving}`, shown);
    const found = await readDemands(files);
    assert.deepEqual(
      [found.required, [...found.required, ...found.optional].sort()],
      [required, ["position 0", "position 1"]],
      given + more,
    );
  }
  // Where no command shows more, there is one.
  const found = await readDemands(pypiServer(`import argparse\n${parser("nargs='+'")}${serving}`, ""));
  assert.deepEqual([found.required, found.optional], [["position 0"], []]);
});

test("Python: options of subcommands that prepare or show something are none of the server's", async () => {
  const commands = ["mcp-config", "install-server", "server-status", "serve"];
  const argparse = commands
    .map((name, at) => `p${at} = sub.add_parser('${name}')\np${at}.add_argument('--option-${at}', required=True)\n`)
    .join("");
  const click = commands
    .map(
      (name, at) =>
        `@cli.command('${name}')\n@click.option('--option-${at}', required=True)\ndef c${at}(): mcp.run()\n`,
    )
    .join("");
  for (const code of [
    `import argparse\nparser = argparse.ArgumentParser()\nsub = parser.add_subparsers()\n${argparse}def main():\n    parser.parse_args()\n    mcp.run()\n`,
    `import click\n@click.group()\ndef cli(): pass\n${click}def main():\n    cli()\n`,
  ]) {
    const found = await readDemands(pypiServer(code, ""));
    assert.deepEqual([found.required, found.optional], [["--option-3"], []], code);
  }
});

test("a variable's name where an argument stands is no argument", async () => {
  const readme = configBlock({}, "A_TOKEN", "your-token");
  const reading = npmServer('if (!process.env.A_TOKEN) throw new Error("A_TOKEN");\n', readme);
  assert.deepEqual(
    (await listArguments(reading)).found.filter((one) => one.includes("A_TOKEN")),
    ["A_TOKEN"],
  );
  // A placeholder in capitals is one.
  assert.deepEqual((await listArguments(npmServer("", configBlock({}, "FOLDER_PATH")))).found, [
    "position 0 FOLDER_PATH",
  ]);
});
