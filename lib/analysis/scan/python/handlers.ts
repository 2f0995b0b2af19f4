/** Decorators of functions that run only for a request. */
export const HANDLER_DECORATOR =
  /\.(tool|resource|prompt|list_tools|call_tool|list_resources|read_resource|list_prompts|get_prompt|route|custom_route|get|post)\b/;
