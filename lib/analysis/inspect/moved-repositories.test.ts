import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeRepository, startGitHubServer } from "../testing/github-server.ts";
import { inspectRepository } from "../testing/inspect-files.ts";
import { npmServer } from "../testing/repositories.ts";

const README = "```sh\nnpx -y thing-mcp\n```\n";
const files = npmServer("if (!process.env.THING_TOKEN) throw new Error('THING_TOKEN is required');", README);

/** What is taken where the package's registry entry names a repository, and GitHub knows some. */
async function taken(slug: string, named: string, repositories: FakeRepository[]) {
  const gitHub = await startGitHubServer(repositories);
  try {
    const repository = `https://github.com/${named}`;
    const { inspected } = await inspectRepository(
      slug,
      files,
      { npm: [{ name: "thing-mcp", repository, files }] },
      { gitHubUrl: gitHub.url },
    );
    assert.deepEqual(gitHub.problems, []);
    const { kind, server, warnings } = inspected.draft;
    return [kind, server.package, warnings.filter(({ mustAccept }) => mustAccept).map(({ code }) => code)];
  } finally {
    await gitHub.close();
  }
}

test("a package that names a repository by a former name is that repository's own", async () => {
  const renamed = { owner: "acme", name: "thing", files: {}, formerName: "ada/thing-server" };
  assert.deepEqual(await taken("acme/thing", "ada/thing-server", [renamed]), ["stdio", "thing-mcp", []]);
  assert.deepEqual(await taken("acme/thing", "Ada/Thing-Server.git", [renamed]), ["stdio", "thing-mcp", []]);
});

test("a package of a repository that exists beside this one is not this one's", async () => {
  const original = { owner: "ada", name: "thing", files: {} };
  assert.deepEqual(await taken("acme/thing", "ada/thing", [original]), ["source-only", null, []]);
  // Another of the same owner may have been split off. One that GitHub does not have may be what this one was made of.
  const sibling = { owner: "acme", name: "things", files: {} };
  assert.deepEqual((await taken("acme/thing", "acme/things", [sibling]))[1], "thing-mcp");
  assert.deepEqual(await taken("acme/thing", "ada/thing", []), ["stdio", "thing-mcp", ["repository_mismatch"]]);
});

test("a copy of a well-known server does not get the original's package", async () => {
  const copies = async (slug: string, name: string) => {
    const renamed = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, text.replaceAll("thing-mcp", name)]),
    );
    const { inspected } = await inspectRepository(slug, renamed, { npm: [{ name, repository: null, files: renamed }] });
    return inspected.draft.server.package;
  };
  assert.equal(await copies("acme/issues-server", "@modelcontextprotocol/server-github"), null);
  assert.equal(await copies("acme/browser", "@browsermcp/mcp"), null);
  assert.equal(await copies("browsermcp/mcp", "@browsermcp/mcp"), "@browsermcp/mcp");
  assert.equal(
    await copies("neondatabase-labs/server", "@neondatabase/mcp-server-neon"),
    "@neondatabase/mcp-server-neon",
  );
  assert.equal(
    await copies("modelcontextprotocol/x", "@modelcontextprotocol/server-github"),
    "@modelcontextprotocol/server-github",
  );
  assert.equal(await copies("acme/thing", "@thing/mcp"), "@thing/mcp");
});
