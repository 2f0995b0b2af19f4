import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// `/mcp auth NAME` of Gemini CLI without its screen, where typed keys get lost at times. Runs the class that the command runs, out of
// the published bundle: node gemini-sign-in.js PACKAGE_FOLDER NAME CONNECTOR_URL

const [folder, name, url] = process.argv.slice(2);
const bundle = join(folder, "bundle");
const core = (await readdir(bundle)).find((file) => /^core-\w+\.js$/.test(file));
const { MCPOAuthProvider, MCPOAuthTokenStorage } = await import(pathToFileURL(join(bundle, core)).href);
await new MCPOAuthProvider(new MCPOAuthTokenStorage()).authenticate(name, { enabled: false }, url);
console.log("Signed in");
process.exit(0);
