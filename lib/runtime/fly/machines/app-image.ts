import { NODE_FLAGS, NODE_VARIABLES } from "../../../../mcp-host/node-flags.ts";
import { HOME_PATH } from "./machine-paths.ts";

/**
 * The command that starts mcp-host in Catwalk's own image, whose CMD starts the app. The image's user, `node`, and its entry point
 * apply to both programs. The Dockerfile puts the build there.
 */
export const MCP_HOST_COMMAND = ["node", ...NODE_FLAGS, "/app/mcp-host/dist/main.js", "--port", "8080"];

/** The variables that mcp-host's own image sets and Catwalk's image does not. */
export const MCP_HOST_VARIABLES: Record<string, string> = {
  ...NODE_VARIABLES,
  HOME: HOME_PATH,
  npm_config_update_notifier: "false",
};
