/**
 * How Node is started for mcp-host where memory is scarce; docs/benchmarks.md has what each of them is worth. Semi-spaces of 2 MB
 * instead of 16; V8 does all its work on the main thread: several that compile leave up to 15 MB that malloc cannot give back, and
 * waiting for those that help to collect 2 MB takes longer than doing it alone, where cores are few by milliseconds; and mcp-host
 * may collect everything when it has become quiet.
 */
export const NODE_FLAGS = ["--max-semi-space-size=2", "--single-threaded", "--expose-gc"];

/** One arena of glibc's malloc, which may have eight for each core; on two cores it makes no difference. None of it reaches the server. */
export const NODE_VARIABLES: Record<string, string> = { MALLOC_ARENA_MAX: "1" };
