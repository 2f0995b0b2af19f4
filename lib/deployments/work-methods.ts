/** Requests that do something for a person. All others are the protocol's own (MCP: lifecycle, lists, notifications). */
export const WORK_METHODS: readonly string[] = ["tools/call", "prompts/get", "resources/read", "completion/complete"];
