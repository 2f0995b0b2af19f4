import assert from "node:assert/strict";
import { test } from "node:test";
import { isOffered } from "../../deployments/inputs/check-inputs.ts";
import { findRepositoryPackages, sourcesOf } from "../inspect/repository-packages.ts";
import { readEnvExample } from "../readers/env-example.ts";
import { readManifest } from "../readers/manifest.ts";
import { readReadme } from "../readers/readme.ts";
import { readServerJson } from "../readers/server-json.ts";
import { readSmithery } from "../readers/smithery.ts";
import { scanSources } from "../scan/scan.ts";
import { fileSet } from "../testing/files.ts";
import { testInput } from "../testing/input.ts";
import type { Findings, InputFinding } from "./findings.ts";
import { mergeInputs } from "./merge.ts";
import { isReservedVariable, isRuntimeFlag, isSteeringVariable, warnOfSteering } from "./steering-variables.ts";

const STEERING = `HTTP_PROXY https_proxy ALL_PROXY no_proxy FTP_PROXY WSS_PROXY GRPC_PROXY GLOBAL_AGENT_HTTP_PROXY
  SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE OPENSSL_CONF OPENSSL_MODULES REQUESTS_CA_BUNDLE CURL_CA_BUNDLE CURL_HOME AWS_CA_BUNDLE
  LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES GCONV_PATH GLIBC_TUNABLES MALLOC_CHECK_ HOSTALIASES
  PATH HOME TMPDIR SHELL ENV BASH_ENV BASH_FUNC_x IFS PS4 PROMPT_COMMAND ZDOTDIR SHELLOPTS COMSPEC
  EDITOR VISUAL PAGER BROWSER LESSOPEN GIT_EDITOR GIT_PAGER GH_PAGER MANPAGER SSH_ASKPASS SUDO_ASKPASS SSH_AUTH_SOCK
  NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_DEBUG NODE_ENV NODE_V8_COVERAGE NODE_AUTH_TOKEN
  PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONWARNINGS PYTHONHTTPSVERIFY VIRTUAL_ENV CONDA_PREFIX PYTEST_ADDOPTS
  PIP_INDEX_URL PIP_CONFIG_FILE UV_INDEX_URL UV_DEFAULT_INDEX NPM_CONFIG_REGISTRY npm_config_node_options YARN_RC_FILENAME
  GIT_SSH GIT_SSH_COMMAND GIT_CONFIG_GLOBAL GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_EXEC_PATH GIT_PROXY_COMMAND GIT_ASKPASS
  GIT_EXTERNAL_DIFF GIT_TEMPLATE_DIR GIT_SSL_NO_VERIFY GIT_DIR GIT_HTTP_USER_AGENT GIT_HTTP_LOW_SPEED_TIME NODE_REDIRECT_WARNINGS
  PERL5OPT PERL5LIB PERLLIB RUBYOPT RUBYLIB GEM_PATH BUNDLE_GEMFILE JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH
  DOTNET_STARTUP_HOOKS CORECLR_PROFILER COMPlus_Version GOFLAGS GODEBUG GOPROXY RUSTC_WRAPPER CARGO_HOME PHPRC LUA_INIT
  DENO_DIR BUN_OPTIONS ELECTRON_RUN_AS_NODE MCP_HOST_TOKEN MCP_SERVER_ENV MCP_ARGS`
  .split(/\s+/)
  .filter((name) => name !== "");

const OWN =
  `GITHUB_TOKEN GITLAB_TOKEN GIT_TOKEN GIT_PASSWORD GIT_USERNAME GIT_REPO_PATH NODE_RPC_URL NODE_JOB_TIMEOUT GIT_CLONE_TIMEOUT_MS OPENAI_API_KEY SSL_MODE MYSQL_SSL_CA
  SOCKS_PROXY JIRA_HTTPS_PROXY SLACK_MCP_PROXY BROWSERBASE_API_KEY BROWSER_TYPE PROXY_URL SHELL_TIMEOUT_S PATHS EDITORIAL_KEY
  GOOGLE_API_KEY GONG_ACCESS_KEY RUST_API_KEY JAVA_SERVICE_TOKEN AWS_ACCESS_KEY_ID KUBECONFIG HOMEASSISTANT_TOKEN PERPLEXITY_API_KEY`
    .split(/\s+/)
    .filter((name) => name !== "");

test("variables that steer a process are told from a server's own", () => {
  for (const name of STEERING) assert.ok(isSteeringVariable(name), name);
  for (const name of OWN) assert.ok(!isSteeringVariable(name), name);
  assert.equal(warnOfSteering("GITHUB_TOKEN"), null);
  assert.match(warnOfSteering("HTTPS_PROXY") ?? "", /only if you know why/);
});

test("every reserved variable is a steering one, and a person can add some of the others", () => {
  const reserved = STEERING.filter(isReservedVariable);
  assert.ok(reserved.includes("NODE_OPTIONS") && reserved.includes("LD_PRELOAD"));
  for (const name of STEERING) assert.equal(isOffered(testInput(name)), !isReservedVariable(name), name);
  assert.ok(isOffered(testInput("HTTPS_PROXY")));
});

/** Findings of each reader for a source that demands these variables. */
async function readEverywhere(names: string[]): Promise<[string, InputFinding[]][]> {
  const file = (path: string, text: string) => ({ path, text, isCut: false });
  const variables = names.map((name) => ({ name, isRequired: true, default: "evil" }));
  const env = Object.fromEntries(names.map((name) => [name, "evil"]));
  const config = Object.fromEntries(names.map((name) => [name, { type: "string", title: name, required: true }]));
  const references = Object.fromEntries(names.map((name) => [name, `\${user_config.${name}}`]));
  const smithery = [
    "startCommand:",
    "  configSchema:",
    "    properties:",
    ...names.map((name) => `      ${name}: { type: string }`),
    "  commandFunction: |",
    `    (config) => ({ command: "node", env: { ${names.map((name) => `${name}: config.${name}`).join(", ")} } })`,
  ].join("\n");
  const source = names.map((name) => `if (!process.env[${JSON.stringify(name)}]) throw new Error("x");`).join("\n");
  const block = JSON.stringify({ mcpServers: { thing: { command: "npx", args: ["thing-mcp"], env } } });
  const table = names.map((name) => `| \`${name}\` | Required. |`).join("\n");
  const files = fileSet({
    "package.json": JSON.stringify({
      name: "thing-mcp",
      bin: "index.js",
      dependencies: { "@modelcontextprotocol/sdk": "1" },
    }),
    "index.js": `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";\nnew McpServer({});\n${source}`,
  });
  const units = findRepositoryPackages(files);
  const [unit] = units;
  assert.ok(unit);
  const scanned = await scanSources(files, sourcesOf(files, unit, units), unit, AbortSignal.timeout(60_000));
  const read: [string, Pick<Findings, "inputs" | "launches">][] = [
    [
      "server.json",
      readServerJson(
        file(
          "server.json",
          JSON.stringify({
            packages: [{ registryType: "npm", identifier: "thing-mcp", environmentVariables: variables }],
          }),
        ),
      ),
    ],
    [
      "manifest.json",
      readManifest(
        file("manifest.json", JSON.stringify({ server: { mcp_config: { env: references } }, user_config: config })),
      ),
    ],
    ["smithery.yaml", readSmithery(file("smithery.yaml", smithery))],
    ["README configuration", readReadme(file("README.md", `\`\`\`json\n${block}\n\`\`\``))],
    ["README table", readReadme(file("README.md", `| Variable | Description |\n|---|---|\n${table}`))],
    [".env.example", readEnvExample(file(".env.example", names.map((name) => `${name}=evil`).join("\n")))],
    ["code", { inputs: scanned.inputs, launches: [] }],
  ];
  return read.map(([reader, { inputs, launches }]) => {
    const found = [...inputs, ...launches.flatMap((launch) => launch.inputs)];
    // A table only explains variables that are known from elsewhere.
    return [reader, reader === "README table" ? [...found, ...scanned.inputs] : found];
  });
}

test("no reader, no registry file and no code proposes a variable that steers a process", async () => {
  // Readers take a bounded number of variables from one file.
  for (let start = 0; start < STEERING.length; start += 40) {
    const names = [...STEERING.slice(start, start + 40), "THING_TOKEN"];
    for (const [reader, findings] of await readEverywhere(names)) {
      assert.deepEqual(
        mergeInputs(findings, null).map((input) => input.key),
        ["THING_TOKEN"],
        reader,
      );
    }
  }
});

test("flags of node, npx, uv, pip and python are no arguments of a server", () => {
  for (const flag of ["--eval", "--require", "--import=./x.js", "--node-options=x", "--index-url", "--inspect-brk"])
    assert.ok(isRuntimeFlag(flag), flag);
  for (const flag of ["--api-key", "--from", "--read-only", "--port", "position 0"])
    assert.ok(!isRuntimeFlag(flag), flag);
  const provenance = (args: unknown[]) =>
    readServerJson({
      path: "server.json",
      text: JSON.stringify({
        packages: [{ registryType: "npm", identifier: "thing-mcp", packageArguments: args, runtimeArguments: args }],
      }),
      isCut: false,
    }).launches[0];
  const declared = provenance([
    { type: "named", name: "--eval", value: "process.exit()" },
    { type: "positional", value: "--require=./evil.js" },
    { type: "named", name: "--import", description: "x", isRequired: true },
    { type: "named", name: "--read-only", value: "yes" },
  ]);
  assert.deepEqual(declared?.args, ["--read-only", "yes", "--read-only", "yes"]);
  assert.deepEqual(mergeInputs(declared?.inputs ?? [], null), []);
  const shown = readReadme({
    path: "README.md",
    text: "```sh\nnpx -y thing-mcp --eval x --import=./evil.js --stdio\n```",
    isCut: false,
  }).launches[0];
  assert.deepEqual([shown?.args, shown?.inputs], [["--stdio"], []]);
});
