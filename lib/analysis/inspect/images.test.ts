import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles, REPOSITORY } from "../testing/inspect-files.ts";
import { goServer, npmServer, pypiServer } from "../testing/repositories.ts";

const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;
const ABSENT = fenced("json", '{"mcpServers":{"t":{"command":"uvx","args":["thing-mcp"]}}}');

async function imageOf(files: Record<string, string>): Promise<(string | null)[]> {
  const { kind, server } = await inspectFiles(files);
  return [kind, server.package, ...server.args];
}

test("an image of the repository's owner that documentation pulls, links to or runs is an answer", async () => {
  const run =
    "docker run -p 9092:9092 \\\n  -v $(pwd)/config.json:/app/c.json \\\n  -e TRANSPORT_MODE=sse \\\n  acme/thing";
  for (const [text, image] of [
    [fenced("commandline", "docker pull ghcr.io/acme/thing:latest"), "ghcr.io/acme/thing"],
    [fenced("bash", "# Get it\ndocker pull --platform linux/amd64 acme/thing:1.2"), "acme/thing"],
    [fenced("sh", "podman pull docker.io/acme/thing-mcp"), "acme/thing-mcp"],
    ["Run `docker image pull quay.io/acme/thing` first.\n", "quay.io/acme/thing"],
    ["There is an [image](https://github.com/acme/thing/pkgs/container/thing).\n", "ghcr.io/acme/thing"],
    ["[Image](https://github.com/acme/thing/pkgs/container/thing%2Fmcp-server)\n", "ghcr.io/acme/thing/mcp-server"],
    ["On [Docker Hub](https://hub.docker.com/r/acme/thing).\n", "acme/thing"],
    [fenced("bash", run), "acme/thing"],
    [
      fenced("yaml", "services:\n  thing:\n    image: ghcr.io/acme/thing:main\n    stdin_open: true"),
      "ghcr.io/acme/thing",
    ],
    [fenced("bash", "docker build -t acme/thing .\ndocker pull ghcr.io/acme/thing"), "ghcr.io/acme/thing"],
  ] as [string, string][]) {
    assert.deepEqual(await imageOf(goServer("", "", { "README.md": text })), ["stdio", image], text);
    // The name of a package that is not there says nothing of an image that is the owner's.
    for (const readme of [text, ABSENT + text])
      assert.deepEqual(await imageOf(pypiServer("mcp.run()\n", readme)), ["stdio", image], readme);
  }
});

test("a stranger's image, one that is built on the spot, and one of something else are no answer", async () => {
  for (const text of [
    fenced("bash", "docker pull ghcr.io/github/github-mcp-server"),
    fenced("bash", "docker pull postgres:17\ndocker pull acme/thing-ui"),
    fenced("bash", "docker pull acme/database"),
    fenced("bash", "docker pull thing"),
    fenced("bash", "docker build -t acme/thing:dev .\ndocker run -p 80:80 -e TRANSPORT_MODE=sse acme/thing:dev"),
    fenced("yaml", "services:\n  thing:\n    build: .\n    image: acme/thing\n  db:\n    image: postgres"),
    "[Image](https://github.com/other/thing/pkgs/container/thing)\n",
    "<!-- docker pull acme/thing -->\n",
    fenced("bash", "docker pull acme/one-mcp\ndocker pull acme/two-mcp"),
  ])
    assert.deepEqual(await imageOf(pypiServer("mcp.run()\n", ABSENT + text)), ["source-only", null], text);
});

test("an image of a server that knows no stdio is no answer", async () => {
  const readme = fenced("bash", "docker pull acme/thing");
  const files = goServer("", "", { "README.md": readme });
  const main = (files["main.go"] ?? "").replace("server.ServeStdio(s)", 'server.NewStreamableHTTPServer(s).Start("")');
  assert.deepEqual(await imageOf({ ...files, "main.go": main }), ["source-only", null]);
});

test("a release's image of the repository's name is an answer beside a package that only its own file names", async () => {
  const release = (image: string) => ({
    Dockerfile: "FROM scratch\n",
    ".github/workflows/release.yml": `on: push\njobs:\n  a:\n    steps:\n      - run: docker push ${image}\n`,
  });
  const read = (readme: string, image: string) => imageOf(pypiServer("mcp.run()\n", readme, release(image)));
  assert.deepEqual(await read("# Thing\n", "ghcr.io/acme/thing:1"), ["stdio", "ghcr.io/acme/thing"]);
  assert.deepEqual(await read("# Thing\n", "ghcr.io/acme/other-mcp:1"), ["source-only", null]);
  assert.deepEqual(await read(ABSENT, "ghcr.io/acme/thing:1"), ["source-only", null]);
});

test("the arguments and variables of an image are its own, and not docker's", async () => {
  const args = ["A_TOKEN=x", "docker", "run", "-i", "--rm", "-e", "A_TOKEN", "ghcr.io/acme/thing", "serve"];
  const server = { command: "wsl", args, env: { DOCKER_HOST: "unix:///var/run/docker.sock" } };
  const readme = fenced("json", JSON.stringify({ mcpServers: { thing: server } }));
  const { server: found, inputs } = await inspectFiles(goServer('os.Getenv("A_TOKEN")', "", { "README.md": readme }));
  assert.deepEqual(
    [found.package, found.args, inputs.map(({ key }) => key)],
    ["ghcr.io/acme/thing", ["serve"], ["A_TOKEN"]],
  );
});

const server = (readme: string) => goServer("", "", { "README.md": readme });
const OWN_OVER_NETWORK = fenced("bash", "docker run -d -p 80:80 -e TRANSPORT=http ghcr.io/acme/thing-mcp:latest");

test("an image of another program is no answer, and the owner's goes before it", async () => {
  for (const command of [
    // a shell or a tool in place of the image's own program
    "docker run --rm --entrypoint /bin/bash acme/thing appkey",
    "docker run --rm --entrypoint=php other/thing-mcp artisan key:generate",
    "docker run --rm --entrypoint node other/thing-mcp -e 'console.log(1)'",
    "docker run -it other/thing-mcp sh",
    "docker run --rm other/thing-mcp sh -c 'openssl rand -hex 32'",
    "docker run -it --rm other/thing-mcp login",
    // what the server speaks to, and what is used beside it
    "docker run -d -p 6875:80 lscr.io/other/thing:latest",
    "docker run -d -p 5432:5432 acme/database",
    "docker run -i --rm mcp/fetch",
    "docker run -i --rm ghcr.io/other/thing",
    "docker run -i --rm ghcr.io/other/thing-mcp",
    "docker run -i --rm alpine/socat STDIO TCP:localhost:80",
    "docker run -i --rm -e GITHUB_TOKEN ghcr.io/github/github-mcp-server",
  ]) {
    const readme = fenced("bash", command);
    assert.deepEqual(await imageOf(server(readme)), ["source-only", null], command);
    assert.deepEqual(await imageOf(server(readme + OWN_OVER_NETWORK)), ["stdio", "ghcr.io/acme/thing-mcp"], command);
  }
  for (const command of ["docker run -i --rm mcp/thing", "docker run -i other/thing-mcp-server"])
    assert.deepEqual(
      await imageOf(server(fenced("bash", `${command}\ndocker run -i acme/thing`))),
      ["stdio", "acme/thing"],
      command,
    );
});

test("an image of another account that is named like the server is an answer", async () => {
  const configured = (image: string) =>
    fenced("json", JSON.stringify({ mcpServers: { thing: { command: "docker", args: ["run", "-i", image] } } }));
  for (const [readme, image] of [
    [fenced("bash", "docker run -i --rm mcp/thing"), "mcp/thing"],
    [fenced("bash", "docker run -i --rm registry.acme.dev/mcp/thing"), "registry.acme.dev/mcp/thing"],
    [fenced("bash", "docker run -i --rm acme-inc/thing-mcp-server"), "acme-inc/thing-mcp-server"],
    [fenced("bash", "docker run -i --entrypoint node acme-inc/thing-mcp /app/cli.js"), "acme-inc/thing-mcp"],
    [fenced("bash", "docker run -i --entrypoint sh acme-inc/thing-mcp -c 'thing-mcp'"), "acme-inc/thing-mcp"],
    [configured("acme-inc/thing"), "acme-inc/thing"],
    [configured("acme/database"), "acme/database"],
  ] as const)
    assert.deepEqual(await imageOf(server(readme)), ["stdio", image], readme);
});

test("an image of another account counts beside a package that is not there where the release pushes it", async () => {
  const readme = ABSENT + fenced("bash", "docker run -i --rm acme-inc/thing-mcp");
  const release = (image: string) => ({
    ".github/workflows/release.yml": `on: push\njobs:\n  a:\n    steps:\n      - run: docker push ${image}\n`,
  });
  const read = (more: Record<string, string>) => imageOf(pypiServer("mcp.run()\n", readme, more));
  assert.deepEqual(await read(release("acme-inc/thing-mcp:1")), ["stdio", "acme-inc/thing-mcp"]);
  assert.deepEqual(await read(release("acme-inc/other-mcp:1")), ["source-only", null]);
});

test("an image under the name of whoever reads the documentation is no answer", async () => {
  const run = (image: string) => {
    const thing = { command: "docker", args: ["run", "-i", "--rm", image] };
    return imageOf(goServer("", "", { "README.md": fenced("json", JSON.stringify({ mcpServers: { thing } })) }));
  };
  for (const account of [
    "your-docker-registry",
    "ghcr.io/your-username",
    "username",
    "docker.io/your_org",
    "myregistry",
  ])
    assert.deepEqual(await run(`${account}/thing-mcp:latest`), ["source-only", null], account);
  assert.deepEqual(await run("acme-labs/thing-mcp:latest"), ["stdio", "acme-labs/thing-mcp"]);
});

test("an image that prose names is an answer where it is the owner's", async () => {
  const named = (image: string) => imageOf(pypiServer("mcp.run()\n", `${ABSENT}There is an image at \`${image}\`.\n`));
  assert.deepEqual(await named("ghcr.io/acme/thing:latest"), ["stdio", "ghcr.io/acme/thing"]);
  assert.deepEqual(await named("ghcr.io/other/thing"), ["source-only", null]);
});

test("a released image of a server that knows no stdio is no answer", async () => {
  const release = {
    ".github/workflows/release.yml":
      "on: push\njobs:\n  a:\n    steps:\n      - run: docker push ghcr.io/acme/thing:1\n",
  };
  const files = goServer("", "", release);
  const main = (files["main.go"] ?? "").replace("server.ServeStdio(s)", 'server.NewStreamableHTTPServer(s).Start("")');
  assert.deepEqual(await imageOf(files), ["stdio", "ghcr.io/acme/thing"]);
  assert.deepEqual(await imageOf({ ...files, "main.go": main }), ["source-only", null]);
});

test("an image of what speaks MCP over the network alone is no answer", async () => {
  const run = fenced("bash", "docker run --rm -p 9000:9000 ghcr.io/acme/thing:latest");
  const served = (start: string) => ({
    "README.md": `# Thing MCP\n\n${run}`,
    "pyproject.toml": '[project]\nname = "unheard-of-thing"\nversion = "1.0.0"\ndependencies = ["fastmcp"]\n',
    "thing/server.py": `from fastmcp import FastMCP\nmcp = FastMCP("thing")\ndef main():\n    ${start}\n`,
  });
  assert.deepEqual(await imageOf(served("uvicorn.run(mcp.http_app(path='/mcp'), port=9000)")), ["source-only", null]);
  assert.deepEqual(await imageOf(served("mcp.run()")), ["stdio", "ghcr.io/acme/thing"]);
});

test("documents without code tell of no image that they run over the network alone", async () => {
  const hosted = fenced("json", JSON.stringify({ mcpServers: { thing: { url: "https://mcp.acme.dev/mcp" } } }));
  const { "src/index.ts": code = "", ...documents } = npmServer(
    "",
    hosted + fenced("bash", "docker run -d -p 3231:3231 ghcr.io/acme/thing:latest"),
  );
  assert.deepEqual(await imageOf(documents), ["remote-only", null]);
  assert.deepEqual(await imageOf({ ...documents, "src/index.ts": code }), ["stdio", "ghcr.io/acme/thing"]);
});

test("a folder's image is named like it, where other programs of the repository have images too", async () => {
  const files = Object.fromEntries(
    Object.entries(goServer("")).map(([path, text]) => [`servers/ledger-mcp/${path}`, text]),
  );
  const read = async (readme: string) => {
    const { kind, server: found } = await inspectFiles(
      { ...files, "README.md": readme },
      {},
      { folder: "servers/ledger-mcp" },
    );
    return [kind, found.package];
  };
  assert.deepEqual(await read(fenced("bash", "docker pull ghcr.io/acme/thing")), ["source-only", null]);
  assert.deepEqual(await read(fenced("bash", "docker pull ghcr.io/acme/cloud-mcp")), ["source-only", null]);
  assert.deepEqual(await read(fenced("bash", "docker pull ghcr.io/acme/mcp-ledger")), [
    "stdio",
    "ghcr.io/acme/mcp-ledger",
  ]);
});

test("an image whose command starts the server over the network is an answer only where something shows another command", async () => {
  const pull = fenced("bash", "docker pull ghcr.io/acme/thing");
  const run = fenced(
    "json",
    '{"mcpServers":{"t":{"command":"docker","args":["run","-i","--rm","ghcr.io/acme/thing","stdio"]}}}',
  );
  const cases: [string, string, string | null][] = [
    ['CMD ["node", "dist/server.js", "http"]', pull, null],
    ['ENTRYPOINT ["/thing"]\nCMD ["--transport=streamable-http"]', pull, null],
    ["CMD thing --sse", pull, null],
    ['CMD ["node", "dist/server.js"]', pull, "ghcr.io/acme/thing"],
    ['CMD ["node", "dist/http-client.js"]', pull, "ghcr.io/acme/thing"],
    ['ENTRYPOINT ["/thing"]\nCMD ["stdio"]', pull, "ghcr.io/acme/thing"],
    ['CMD ["node", "dist/server.js", "http"]', run, "ghcr.io/acme/thing"],
    ['HEALTHCHECK --interval=30s \\\n  CMD test "$MODE" = "http"\nENTRYPOINT ["/thing"]', pull, "ghcr.io/acme/thing"],
  ];
  for (const [command, readme, image] of cases) {
    const files = goServer("", "", { "README.md": readme, Dockerfile: `FROM node\n${command}\n` });
    assert.equal((await imageOf(files))[1], image, command);
  }
});

test("an image of another account that documentation takes from its registry is an answer where it is named like the server", async () => {
  const OTHERS = "[Image](https://hub.docker.com/r/acme-inc/thing-mcp)\n";
  for (const [readme, image] of [
    [OTHERS, "acme-inc/thing-mcp"],
    ["[![Image](https://img.shields.io/x)](https://hub.docker.com/r/acme-inc/thingmcp/tags)\n", "acme-inc/thingmcp"],
    [fenced("bash", "docker pull acme-inc/mcp-server-thing:latest"), "acme-inc/mcp-server-thing"],
    [fenced("bash", "docker pull acme-inc/thing"), null],
    [fenced("bash", "docker pull acme-inc/other-mcp"), null],
    [fenced("bash", "docker pull ghcr.io/acme-inc/thing-mcp"), null],
  ] as const)
    for (const files of [goServer("", "", { "README.md": readme }), pypiServer("mcp.run()\n", readme)])
      assert.deepEqual(await imageOf(files), [image === null ? "source-only" : "stdio", image], readme);
  // A package that the documentation runs, and that is not there, tells of nothing that is.
  assert.deepEqual(await imageOf(pypiServer("mcp.run()\n", ABSENT + OTHERS)), ["source-only", null]);
});

test("a released image of the repository's name that is built from another folder is another program's", async () => {
  const server = Object.fromEntries(
    Object.entries(pypiServer("mcp.run()\n", "# Thing server\n")).map(([path, text]) => [`mcp-server/${path}`, text]),
  );
  const read = (context: string) => {
    const steps = `      - run: make\n      - uses: docker/build-push-action@v6\n        with: {context: ${context}, push: true, tags: "ghcr.io/acme/thing:1"}\n`;
    const release = { ".github/workflows/release.yml": `on: push\njobs:\n  a:\n    steps:\n${steps}` };
    return imageOf({ ...server, "README.md": "# Thing\n", ...release });
  };
  for (const context of [".", "./mcp-server", "mcp-server/docker"])
    assert.deepEqual(await read(context), ["stdio", "ghcr.io/acme/thing"], context);
  assert.deepEqual(await read("./engine/docker"), ["source-only", null]);
});

test("the only server.json of a repository is its server's, in whatever folder", async () => {
  const declare = (identifier: string, registryType = "oci") =>
    JSON.stringify({
      name: "io.github.acme/thing",
      description: "MCP server for things",
      packages: [
        {
          registryType,
          identifier,
          transport: { type: "stdio" },
          environmentVariables: [{ name: "THING_TOKEN", isRequired: true, isSecret: true }],
        },
      ],
    });
  const platform = goServer('\tos.Getenv("THING_TOKEN")\n', "", {
    "README.md": "# Thing\n\nA platform for things.\n",
    "js/package.json": JSON.stringify({ name: "@acme/release", bin: "release.js" }),
    "js/release.js": "",
  });
  const own = { "build/mcp-server/server.json": declare("acme/mcp-server") };
  const read = async (files: Record<string, string>, known: Parameters<typeof inspectFiles>[1] = {}) => {
    const { kind, server, inputs } = await inspectFiles({ ...platform, ...files }, known);
    return [kind, server.runtime, server.package, inputs.find(({ key }) => key === "THING_TOKEN")?.required];
  };
  assert.deepEqual(await read(own), ["stdio", "oci", "acme/mcp-server", true]);
  const { "js/package.json": _package, "js/release.js": _release, ...withoutPackage } = platform;
  const { server } = await inspectFiles({ ...withoutPackage, ...own });
  assert.equal(server.package, "acme/mcp-server");
  // A package beside it that is published is no server for that.
  const release = [{ name: "@acme/release", repository: REPOSITORY }];
  assert.deepEqual(await read(own, { npm: release }), ["stdio", "oci", "acme/mcp-server", true]);
  const none = ["source-only", "source", null, false];
  assert.deepEqual(await read({ ...own, "other/server.json": declare("acme/other-server") }), none);
  assert.deepEqual(await read({ "examples/server.json": declare("acme/mcp-server") }), none);
});
