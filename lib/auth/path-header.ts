/** The header in which a page finds the path and query that were asked for; whatever a client sends in it is overwritten. */
export const PATH_HEADER = "x-catwalk-path";
