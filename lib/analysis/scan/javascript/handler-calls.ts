/** Calls that register what runs only for a request: `server.tool("x", async () => …)`. */
export const HANDLER_CALL =
  /^\.?(tool|registerTool|addTool|setRequestHandler|resource|prompt|registerResource|registerPrompt|addResource|addPrompt|addResourceTemplate|defineTool|createTool|get|post|put|delete|use|on|once|all)$/;
