type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables that reading needs: programs and their folders, the way to the network, and the operator's settings of npm, pip and uv.
 */
const PASSED_VARIABLES =
  /^(PATH|HOME|USERPROFILE|SYSTEMROOT|APPDATA|LANG|LC_ALL|TZ|XDG_(CONFIG|DATA)_HOME|(HTTPS?|NO|ALL)_PROXY|NODE_USE_ENV_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|PYENV_.*|PIP_.*|UV_.*|npm_config_.*)$/i;

/**
 * Builds the environment of a process that reads sources, from an empty one. None of the app's settings is in it: no address of the
 * database, no encryption key, and no token of GitHub, which comes with each request.
 *
 * @param variables this process's environment
 * @param folder where the process may write
 */
export function buildProcessEnvironment(variables: Environment, folder: string): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && PASSED_VARIABLES.test(name)) environment[name] = value;
  }
  // Package clients have settings of their own for the certificates of a company's proxy or mirror. Node has one.
  const certificates =
    environment.NODE_EXTRA_CA_CERTS ??
    environment.PIP_CERT ??
    environment.REQUESTS_CA_BUNDLE ??
    environment.SSL_CERT_FILE;
  const hasProxy = Object.keys(environment).some((name) => /^(https?|all)_proxy$/i.test(name));
  return {
    ...environment,
    ...(certificates && { NODE_EXTRA_CA_CERTS: certificates }),
    // Without it Node's fetch goes past the proxy that the package clients use.
    ...(hasProxy && { NODE_USE_ENV_PROXY: "1" }),
    NODE_ENV: "production",
    TMPDIR: folder,
    TEMP: folder,
    TMP: folder,
  };
}
