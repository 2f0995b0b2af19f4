/**
 * How Node is started for mcp-host where memory is scarce; docs/benchmarks.md has what each of them is worth. Semi-spaces of 2 MB
 * instead of 16; code is optimised on the main thread, one function at a time, where several threads leave up to 15 MB that malloc
 * cannot give back; and mcp-host may collect everything when it has become quiet.
 */
export const NODE_FLAGS = ["--max-semi-space-size=2", "--no-concurrent-recompilation", "--expose-gc"];

/** One arena of glibc's malloc, which may have eight for each core; on two cores it makes no difference. None of it reaches the server. */
export const NODE_VARIABLES: Record<string, string> = { MALLOC_ARENA_MAX: "1" };
