/**
 * Variables that decide how node, npm, uv, python or the dynamic loader start a program, or where it lives. Their values
 * would act as flags of those programs, so that no repository may ask for them and no person needs to set them.
 */
const RESERVED_VARIABLE =
  /^(?:PATH|HOME|TMPDIR|TMP|TEMP|SHELL|ENV|BASH_ENV|IFS|NODE_OPTIONS|NODE_PATH|NODE_REPL_EXTERNAL_MODULE|PYTHON(?:PATH|HOME|STARTUP|INSPECT|EXECUTABLE|USERBASE|PLATLIBDIR|BREAKPOINT|WARNINGS)|VIRTUAL_ENV|LD_.*|DYLD_.*|GCONV_PATH|npm_.*|PIP_.*|UV_.*|MCP_HOST_.*|__proto__)$/i;

/** Whether an environment variable of this name is never given to a server. */
export function isReservedVariable(name: string): boolean {
  return RESERVED_VARIABLE.test(name);
}

/** Whether a name can be an environment variable at all. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,199}$/.test(name);
}
