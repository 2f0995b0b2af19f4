/** Carries the requested path and query to a page. proxy.ts overwrites any value that a client sends. */
export const PATH_HEADER = "x-catwalk-path";
