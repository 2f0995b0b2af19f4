import { AppError } from "../errors/app-error.ts";

/**
 * Answers a program that asks for a path which does not exist, in JSON: clients of MCP that probe for an authorization server cannot
 * read a page, and some take one with status 404 for a server that is broken.
 */
export function answerUnknownPath(): Response {
  return new AppError("not_found", "There is nothing at this address.", {
    hint: "Check the URL: a connector URL ends in /api/mcp/ and the deployment's id.",
  }).toResponse({ "cache-control": "no-store" });
}
