import type { InputFinding, LaunchFinding, RemoteFinding } from "../inputs/findings.ts";
import type { Provenance } from "../spec.ts";
import { readCommand } from "./launch.ts";
import { requiredInText } from "./requirement-words.ts";

const MAX_SERVERS = 40;

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Description and secrecy for each `${input:ID}` of a VS Code configuration. */
type Prompts = Map<string, { description: string; secret: boolean }>;

/**
 * Reads an MCP client's configuration in any of its forms: `{"mcpServers":{…}}`, VS Code's
 * `{"servers":{…},"inputs":[…]}` or `{"mcp":{"servers":{…}}}`, Zed's `context_servers`, one named server, or one
 * server's own object.
 */
export function readConfigBlock(
  block: unknown,
  provenance: Provenance,
): { launches: LaunchFinding[]; remotes: RemoteFinding[] } {
  const launches: LaunchFinding[] = [];
  const remotes: RemoteFinding[] = [];
  for (const { server, prompts } of serversOf(block).slice(0, MAX_SERVERS)) {
    const { launch, remote } = readServer(server, prompts, provenance);
    if (launch) launches.push({ ...launch, isConfiguration: true });
    if (remote) remotes.push(remote);
  }
  return { launches, remotes };
}

function serversOf(block: unknown): { server: Json; prompts: Prompts }[] {
  if (!isObject(block)) return [];
  const inner = isObject(block.mcp) ? block.mcp : block;
  const prompts = promptsOf(inner.inputs ?? block.inputs);
  // A web page described for machines (JSON-LD) has an address as well.
  const isServer = (value: unknown): value is Json =>
    isObject(value) &&
    !("@type" in value || "@context" in value) &&
    (typeof value.command === "string" ||
      typeof value.cmd === "string" ||
      isObject(value.command) ||
      Array.isArray(value.command) ||
      typeof urlOf(value) === "string");
  for (const key of ["mcpServers", "servers", "context_servers", "mcp_servers", "amp.mcpServers", "extensions"]) {
    const servers = inner[key];
    if (isObject(servers))
      return Object.values(servers)
        .filter(isServer)
        .map((server) => ({ server, prompts }));
  }
  if (isServer(inner)) return [{ server: inner, prompts }];
  return Object.values(inner)
    .filter(isServer)
    .map((server) => ({ server, prompts }));
}

function promptsOf(inputs: unknown): Prompts {
  const prompts: Prompts = new Map();
  for (const input of Array.isArray(inputs) ? inputs : []) {
    if (!isObject(input) || typeof input.id !== "string") continue;
    prompts.set(input.id, {
      description: typeof input.description === "string" ? input.description.slice(0, 500) : "",
      secret: input.password === true,
    });
  }
  return prompts;
}

function urlOf(server: Json): unknown {
  return server.url ?? server.serverUrl ?? server.httpUrl ?? server.uri;
}

function readServer(
  server: Json,
  prompts: Prompts,
  provenance: Provenance,
): { launch: LaunchFinding | null; remote: RemoteFinding | null } {
  const url = urlOf(server);
  if (typeof url === "string")
    return { launch: null, remote: /^https:\/\//.test(url) ? { url: url.slice(0, 1_000), provenance } : null };
  // Zed nests the command; OpenCode writes it as one list.
  const nested = isObject(server.command) ? server.command : server;
  const written = isObject(server.command) ? server.command.path : (server.command ?? server.cmd);
  const words = Array.isArray(written)
    ? written.filter((word) => typeof word === "string")
    : typeof written === "string"
      ? [written]
      : [];
  const args = Array.isArray(nested.args) ? nested.args.map((arg) => String(arg)) : [];
  const [command, ...more] = words;
  if (command === undefined) return { launch: null, remote: null };
  const given = nested.env ?? nested.environment ?? server.env ?? server.envs ?? {};
  // Goose keeps the values of these in its keyring.
  const names = Array.isArray(server.env_keys) ? server.env_keys.filter((name) => typeof name === "string") : [];
  const keyring = names.slice(0, MAX_SERVERS).map((name) => ({ name, value: "" }));
  const pairs = isObject(given)
    ? Object.entries(given).map(([name, raw]) => {
        const value = typeof raw === "string" ? raw : raw === null || raw === undefined ? "" : JSON.stringify(raw);
        return { name, value };
      })
    : [];
  const env = [...pairs, ...keyring.filter(({ name }) => !pairs.some((pair) => pair.name === name))];
  // Some write the whole command line, such as "npx -y thing", as the program.
  // A path with a space in it ("C:\\Program Files\\nodejs\\node.exe") is none.
  const isLine = more.length === 0 && args.length === 0 && /^[\w@./-]+ /.test(command.trim());
  const split = isLine ? command.trim().split(/\s+/) : [command];
  const read = readCommand(
    { command: split[0] ?? command, args: [...split.slice(1), ...more, ...args], env },
    provenance,
  );
  for (const input of read.launch?.inputs ?? []) applyPrompt(input, prompts);
  return read;
}

/** Replaces a reference to an editor's prompt, which means nothing in a form, by what the prompt says. */
function applyPrompt(input: InputFinding, prompts: Prompts): void {
  const id = /^\$\{input:([^}]+)\}$/.exec(input.placeholder ?? "")?.[1];
  if (id === undefined) return;
  const prompt = prompts.get(id);
  input.placeholder = null;
  if (prompt?.description) input.description = prompt.description;
  input.required ??= requiredInText(prompt?.description ?? "");
  if (prompt?.secret) input.secret = true;
}
