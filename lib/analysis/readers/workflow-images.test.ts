import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFiles } from "../testing/inspect-files.ts";
import { readBuildImages, readGoReleaserImages, readWorkflowImages } from "./workflow-images.ts";

const REPOSITORY = { owner: "Acme", name: "thing" };
/** An expression as workflows write it. */
const get = (path: string) => `$\{{ ${path} }}`.replace("\\", "");
const workflow = (steps: string, top = "", on = "push") =>
  `on: ${on}\n${top}\njobs:\n  release:\n    steps:\n${steps.replace(/^/gm, "      ")}\n`;
const read = (text: string) =>
  readWorkflowImages({ path: ".github/workflows/release.yml", text, isCut: false }, REPOSITORY).map(
    ({ image }) => image,
  );
const push = (tags: string, more = "push: true") =>
  `- uses: docker/build-push-action@v6\n  with:\n    ${more}\n    tags: ${tags}`;

test("workflows: what is pushed, with the repository's name and the workflow's variables", () => {
  const own = ["ghcr.io/acme/thing"];
  for (const [text, images] of [
    [workflow(push(`ghcr.io/${get("github.repository")}:latest`)), own],
    [
      workflow(
        push(`${get("env.REGISTRY")}/${get("env.IMAGE")}:${get("github.sha")}`),
        `env:\n  REGISTRY: ghcr.io\n  IMAGE: ${get("github.repository")}`,
      ),
      own,
    ],
    [
      workflow(
        `- id: meta\n  uses: docker/metadata-action@v5\n  with:\n    images: |\n      ghcr.io/${get("github.repository_owner")}/thing\n${push(get("steps.meta.outputs.tags"))}`,
      ),
      own,
    ],
    [workflow("- run: |\n    docker build -t ghcr.io/acme/thing:1 .\n    docker push ghcr.io/acme/thing:1"), own],
    [workflow('- run: |\n    docker buildx build \\\n      --push -t "ghcr.io/$' + '{GITHUB_REPOSITORY,,}:1" .'), own],
    [workflow("- env:\n    KO_DOCKER_REPO: ghcr.io/acme/thing\n  run: ko build --bare ./cmd/thing"), own],
    [workflow(push("acme/thing:latest")), ["docker.io/acme/thing"]],
    // Not pushed, not known before it runs, not public, not a workflow of this repository.
    [workflow(push("ghcr.io/acme/thing:latest", "push: false")), []],
    [workflow(push("ghcr.io/acme/thing:latest", "load: true")), []],
    [workflow(push(`ghcr.io/${get("steps.name.outputs.lower")}:1`)), []],
    [workflow(push(`${get("secrets.REGISTRY")}/acme/thing:1`)), []],
    [workflow(push("registry.acme.example/acme/thing:1")), []],
    [workflow(push("ghcr.io/acme/thing:1"), "", "pull_request"), []],
    [workflow(`${push("ghcr.io/acme/thing:1")}\n  if: github.repository == 'upstream/thing'`), []],
    ["jobs: [", []],
  ] as const)
    assert.deepEqual(read(text), images, text);
});

test("variables that are made of each other many times over cost no time", () => {
  const env = Array.from({ length: 50 }, (_, index) => `  A${index}: ${`$A${index + 1}`.repeat(80)}`).join("\n");
  const steps = Array.from({ length: 300 }, () => "- run: docker push $A0").join("\n");
  const begun = performance.now();
  assert.deepEqual(read(workflow(steps, `env:\n${env}`)), []);
  assert.ok(performance.now() - begun < 5_000);
});

test("GoReleaser, Jib, Spring and .NET: images with a registry of their own", () => {
  const goReleaser = (text: string) =>
    readGoReleaserImages({ path: ".goreleaser.yaml", text, isCut: false }, REPOSITORY).map(({ image }) => image);
  const own = ["ghcr.io/acme/thing"];
  assert.deepEqual(goReleaser('dockers:\n  - image_templates: ["ghcr.io/acme/{{ .ProjectName }}:{{ .Tag }}"]'), own);
  assert.deepEqual(goReleaser("dockers_v2:\n  - images: [ghcr.io/acme/thing]\n    tags: [latest]"), own);
  assert.deepEqual(goReleaser('kos:\n  - repositories: ["ghcr.io/acme/thing"]\n    bare: true'), own);
  assert.deepEqual(
    goReleaser('env: ["HUB=ghcr.io/acme"]\ndockers:\n  - image_templates: ["{{ .Env.HUB }}/thing:1"]'),
    own,
  );
  assert.deepEqual(goReleaser('dockers:\n  - image_templates: ["{{ .Env.HUB }}/thing:1"]'), []);
  assert.deepEqual(goReleaser('dockers:\n  - image_templates: ["ghcr.io/acme/thing:1"]\n    skip_push: true'), []);
  const build = (path: string, text: string) => readBuildImages({ path, text, isCut: false }).map(({ image }) => image);
  assert.deepEqual(
    build(
      "pom.xml",
      "<artifactId>jib-maven-plugin</artifactId><configuration><to><image>ghcr.io/acme/thing:1</image></to>",
    ),
    own,
  );
  assert.deepEqual(build("build.gradle", "jib {\n  to {\n    image = 'ghcr.io/acme/thing'\n  }\n}"), own);
  assert.deepEqual(build("pom.xml", "<image><name>ghcr.io/acme/thing</name><publish>true</publish></image>"), own);
  assert.deepEqual(
    build("build.gradle.kts", 'tasks.bootBuildImage { imageName = "ghcr.io/acme/thing"\n publish = true }'),
    own,
  );
  assert.deepEqual(build("build.gradle.kts", 'tasks.bootBuildImage { imageName = "ghcr.io/acme/thing" }'), []);
  assert.deepEqual(
    build(
      "a.csproj",
      "<ContainerRegistry>ghcr.io</ContainerRegistry><ContainerRepository>acme/thing</ContainerRepository>",
    ),
    own,
  );
});

const SERVER = {
  "go.mod": "module github.com/acme/thing\nrequire github.com/mark3labs/mcp-go v1\n",
  "main.go": 'package main\nfunc main() {\n\ts := server.NewMCPServer("thing", "1")\n\tserver.ServeStdio(s)\n}\n',
  Dockerfile: "FROM scratch\n",
};
const inspectRelease = (text: string, more: Record<string, string> = {}) =>
  inspectFiles({ ...SERVER, ".github/workflows/release.yml": text, ...more });

test("an image that only a workflow publishes is an answer, and a person is told so", async () => {
  const found = await inspectRelease(workflow(push("ghcr.io/acme/thing:latest")));
  assert.deepEqual([found.kind, found.server.runtime, found.server.package], ["stdio", "oci", "ghcr.io/acme/thing"]);
  const [warning] = found.warnings;
  assert.equal(warning?.code, "image_of_release");
  assert.match(warning?.message ?? "", /^Only its release \(\.github\/workflows\/release\.yml\) says/);
});

test("an image of somebody else, of another program, or one of several is no answer", async () => {
  for (const text of [
    workflow(push("ghcr.io/github/github-mcp-server:latest")),
    workflow(push("ghcr.io/acme/thing-docs:latest")),
    workflow(push("ghcr.io/acme/panel:latest", "push: true\n    context: ./panel")),
    workflow(`${push("ghcr.io/acme/one:1")}\n${push("ghcr.io/acme/two:1")}`),
  ]) {
    const found = await inspectRelease(text);
    assert.deepEqual([found.kind, found.server.package], ["source-only", null], text);
  }
});

test("an image that the README runs goes before one that a workflow names", async () => {
  const readme =
    '```json\n{"mcpServers": {"thing": {"command": "docker", "args": ["run", "-i", "acme/thing-mcp"]}}}\n```\n';
  const found = await inspectRelease(workflow(push("ghcr.io/acme/thing:latest")), { "README.md": readme });
  assert.equal(found.server.package, "acme/thing-mcp");
});

test("an image that only a workflow publishes is no answer where documentation installs a package", async () => {
  const readme = "# Thing\n\n```bash\npip install thing-server\n```\n";
  const found = await inspectRelease(workflow(push("ghcr.io/acme/thing:latest")), { "README.md": readme });
  assert.deepEqual([found.kind, found.server.package], ["source-only", null]);
});
