/** Decorators of tools, and of the function that answers the calls of all tools. */
export const TOOL_DECORATOR = /\.(tool|call_tool)\b/;

/** Decorators of functions that run only for a request. */
export const HANDLER_DECORATOR =
  /\.(tool|resource|prompt|list_tools|call_tool|list_resources|read_resource|list_prompts|get_prompt|route|custom_route|get|post)\b/;
