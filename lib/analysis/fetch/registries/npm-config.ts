import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Options for npm's libraries, as the `npm` command would read them from its settings. */
export interface NpmOptions {
  registry?: string;
  ca?: string[];
  proxy?: string;
  httpsProxy?: string;
  noProxy?: string;
  strictSSL?: boolean;
  /** `@scope:registry`, `//host/:_authToken` and the like keep their written names. */
  [key: string]: string | string[] | boolean | undefined;
}

const PLAIN_KEYS = new Map<string, keyof NpmOptions & string>([
  ["registry", "registry"],
  ["proxy", "proxy"],
  ["https-proxy", "httpsProxy"],
  ["noproxy", "noProxy"],
]);

const SCOPED_KEY = /^(@[^:/]+:registry|\/\/.+:(_authToken|_auth|username|_password|certfile|keyfile))$/;

/**
 * Reads npm's settings: global file, user file, then variables, each overriding the one before. pacote itself reads
 * none of these.
 *
 * @param variables the environment
 */
export async function readNpmOptions(variables: Record<string, string | undefined>): Promise<NpmOptions> {
  const setting = (name: string) => variables[`npm_config_${name}`] ?? variables[`NPM_CONFIG_${name.toUpperCase()}`];
  const globalFile = setting("globalconfig") ?? join(dirname(dirname(process.execPath)), "etc", "npmrc");
  const userFile = setting("userconfig") ?? join(variables.HOME ?? homedir(), ".npmrc");
  const options: NpmOptions = {};
  let caFile: string | undefined;
  for (const file of [globalFile, userFile]) {
    for (const [key, value] of parseNpmrc(
      await readFile(/* turbopackIgnore: true */ file, "utf8").catch(() => ""),
      variables,
    )) {
      const plain = PLAIN_KEYS.get(key);
      if (plain) options[plain] = value;
      else if (SCOPED_KEY.test(key)) options[key] = value;
      else if (key === "cafile") caFile = value;
      else if (key === "strict-ssl") options.strictSSL = value !== "false";
    }
  }
  for (const [key, plain] of PLAIN_KEYS) {
    const value = setting(key.replaceAll("-", "_"));
    if (value) options[plain] = value;
  }
  for (const [name, value] of Object.entries(variables)) {
    const key = name.replace(/^npm_config_/i, "");
    if (key !== name && value && SCOPED_KEY.test(key)) options[key] = value;
  }
  caFile = setting("cafile") ?? caFile;
  if (caFile) {
    const bundle = await readFile(caFile, "utf8").catch(() => "");
    const certificates = bundle
      .split(/(?=-----BEGIN CERTIFICATE-----)/)
      .flatMap((part) => /^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(part)?.[0] ?? []);
    if (certificates.length > 0) options.ca = certificates;
  }
  return options;
}

function* parseNpmrc(text: string, variables: Record<string, string | undefined>): Generator<[string, string]> {
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf("=");
    const key = line.slice(0, Math.max(equals, 0)).trim();
    if (key === "" || key.startsWith("#") || key.startsWith(";")) continue;
    const value = line.slice(equals + 1).trim();
    const unquoted = value.replace(/^(["'])(.*)\1$/, "$2");
    yield [key, unquoted.replace(/\$\{([^{}]+)\}/g, (whole, name: string) => variables[name] ?? whole)];
  }
}
