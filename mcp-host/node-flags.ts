/**
 * Options of Node where memory is scarce. docs/benchmarks.md has what each saves.
 * - Semi-spaces of 2 MB instead of 16.
 * - V8 works on the main thread alone. Compiler threads leave up to 15 MB that malloc cannot give back, and with few cores a helper
 * thread collects 2 MB no faster.
 * - mcp-host can collect all garbage when it is idle.
 */
export const NODE_FLAGS = ["--max-semi-space-size=2", "--single-threaded", "--expose-gc"];

/**
 * Limits glibc's malloc to one arena instead of eight for each core. Two cores make no use of more. The server does not inherit it.
 */
export const NODE_VARIABLES: Record<string, string> = { MALLOC_ARENA_MAX: "1" };
