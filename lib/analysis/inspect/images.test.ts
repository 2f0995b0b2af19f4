import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { goServer, pypiServer } from "../testing/repositories.ts";

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
