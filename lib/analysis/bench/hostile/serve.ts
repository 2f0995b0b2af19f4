import { startGitHubServer } from "../../testing/github-server.ts";
import { startNpmRegistry } from "../../testing/npm-registry.ts";
import { startPythonIndex } from "../../testing/python-index.ts";
import { hostileInputs, sourceOf } from "./hostile-inputs.ts";

// Serves hostile inputs on loopback, in a process of its own, so that making them costs the measured process nothing:
//
//   node serve.ts [NAME…]
//
// Prints one line of JSON: the addresses, and what to paste for each input. Ends with its standard input.

const inputs = hostileInputs(process.argv.slice(2));
const gitHub = await startGitHubServer(
  inputs.flatMap(({ name, repository }) => (repository ? [{ owner: "acme", name, ...repository }] : [])),
);
const npm = await startNpmRegistry(
  inputs.flatMap(({ name, npm: fields }) => (fields ? [{ name, version: "1.0.0", ...fields }] : [])),
);
const pages = new Map<string, string>(
  inputs.flatMap(({ name, pypi }) => (pypi?.page ? [[`/simple/${name}/`, pypi.page] as const] : [])),
);
const pypi = await startPythonIndex(
  Object.fromEntries(
    inputs.flatMap(({ name, pypi: project }) => (project ? [[name, project.files ?? []] as const] : [])),
  ),
  {
    tamper: (path) => {
      const page = pages.get(path);
      return page === undefined ? undefined : { content: Buffer.from(page) };
    },
  },
);
const sources = inputs.map((input) => ({ name: input.name, source: sourceOf(input) }));
console.log(JSON.stringify({ gitHub: gitHub.url, npm: npm.url, pypi: pypi.indexUrl, sources }));
process.stdin.resume().on("end", () => process.exit(0));
