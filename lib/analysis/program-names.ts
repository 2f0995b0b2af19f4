/** A plain file name that no package client or shell takes for a flag or a path. */
const PROGRAM = /^[A-Za-z0-9_][\w.-]{0,99}$/;
/** With one of these, arguments from a repository would be code or options of the interpreter or package client. */
const INTERPRETER = /^(?:python|pypy|pip|node|npm|npx|corepack|uv|uvx)[\d.]*$/i;
const MODULE = /^[A-Za-z_]\w{0,99}(?:\.[A-Za-z_]\w{0,99}){0,9}$/;

/** Returns whether a package can be asked for this program: what mcp-host takes as MCP_PROGRAM. */
export function isProgramName(name: string): boolean {
  return PROGRAM.test(name) && !INTERPRETER.test(name);
}

/** Returns whether a text is the dotted name of a Python module: what mcp-host takes as MCP_MODULE. */
export function isModuleName(name: string): boolean {
  return MODULE.test(name);
}
