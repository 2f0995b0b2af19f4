/**
 * Variables that steer how node, npm, uv, python or the dynamic loader start a program, and where it lives. Their values act as
 * flags of those programs, so that no repository may ask for them.
 */
const RESERVED_VARIABLE =
  /^(?:PATH|HOME|TMPDIR|TMP|TEMP|SHELL|ENV|BASH_ENV|IFS|NODE_OPTIONS|NODE_PATH|NODE_REPL_EXTERNAL_MODULE|PYTHON(?:PATH|HOME|STARTUP|INSPECT|EXECUTABLE|USERBASE|PLATLIBDIR|BREAKPOINT|WARNINGS)|VIRTUAL_ENV|LD_.*|DYLD_.*|GCONV_PATH|npm_.*|PIP_.*|UV_.*|MCP_HOST_.*|__proto__)$/i;

/** Returns whether a server never gets an environment variable of this name. */
export function isReservedVariable(name: string): boolean {
  return RESERVED_VARIABLE.test(name);
}

/** Returns whether a name can be an environment variable. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,199}$/.test(name);
}
