/**
 * Variables that decide how node, npm, uv, python or the dynamic loader start a program, and where it lives. Their values act as
 * flags of those programs, so that no server ever gets them.
 */
const RESERVED =
  /^(?:PATH|HOME|TMPDIR|TMP|TEMP|SHELL|ENV|BASH_ENV|IFS|NODE_OPTIONS|NODE_PATH|NODE_REPL_EXTERNAL_MODULE|PYTHON(?:PATH|HOME|STARTUP|INSPECT|EXECUTABLE|USERBASE|PLATLIBDIR|BREAKPOINT|WARNINGS)|VIRTUAL_ENV|LD_.*|DYLD_.*|GCONV_PATH|npm_.*|PIP_.*|UV_.*|MCP_HOST_.*|__proto__)$/i;

/**
 * The other variables that steer a process or its connections: what it loads, runs, trusts and connects through. One list for
 * declarations, code and model answers alike. Each line has one kind.
 */
const STEERING = [
  // Proxies. SOCKS_PROXY is none: no common library reads it.
  /^(?:HTTPS?|ALL|NO|FTP|RSYNC|WSS?|GRPC|NO_GRPC)_PROXY$|^GLOBAL_AGENT_/,
  // Certificates, and logs of TLS keys
  /^SSL_(?:CERT|CA|KEY|DIR|CONF)|^SSLKEYLOGFILE$|^OPENSSL_|^(?:REQUESTS|CURL|AWS|WEBSOCKET_CLIENT)_CA_BUNDLE$|^CURL_(?:HOME|SSL_BACKEND)$|^NIX_SSL_CERT_FILE$|^HTTPLIB2_CA_CERTS$|^GRPC_DEFAULT_SSL_ROOTS_FILE_PATH$|^COMPOSER_CAFILE$/,
  // Loaders, allocators and resolvers
  /^(?:GLIBC_TUNABLES|LIBPATH|SHLIB_PATH|LOCPATH|NLSPATH|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_HOST_CONF|QT_PLUGIN_PATH|GTK_MODULES|GTK_PATH|GIO_EXTRA_MODULES|KRB5_CONFIG)$|^MALLOC_/,
  // Shells
  /^(?:BASH_\w+|BASHOPTS|SHELLOPTS|ZDOTDIR|FPATH|CDPATH|GLOBIGNORE|INPUTRC|PROMPT_COMMAND|PS[0-4]|COMSPEC|PATHEXT|PSMODULEPATH)$/,
  // Editors, pagers, browsers and programs that ask for passwords
  /^(?:VISUAL|BROWSER|GH_BROWSER|FCEDIT|LESS|LESSOPEN|LESSCLOSE|TERMCAP|TERMINFO)$|^(?:GIT_|GIT_SEQUENCE_|HG|SVN_|CVS_?|KUBE_|GH_|SYSTEMD_|PSQL_|AWS_|BAT_|MAN)?(?:EDITOR|PAGER)$|(?:^|_)ASKPASS(?:_REQUIRE)?$|^SSH_AUTH_SOCK$/,
  // Python and its package clients
  /^(?:PYTHON|PYENV_|PIPX_|PIPENV_|POETRY_|PDM_|CONDA_|SETUPTOOLS_|DISTUTILS_|PYTEST_)/,
  // Other runtimes, compilers and their package clients
  /^(?:YARN_|PNPM_|BUN_|DENO_|COREPACK_|ELECTRON_|TS_NODE_|TSX_|RUBY|GEM_|BUNDLE_|BUNDLER_|PERL|CLASSPATH$|JAVA_(?:TOOL_OPTIONS|OPTS|OPTIONS|HOME)$|_JAVA_OPTIONS$|JDK_JAVA_OPTIONS$|JVM_OPTS$|MAVEN_(?:OPTS|ARGS)$|GRADLE_OPTS$|DOTNET_|COREHOST_|CORECLR_|COMPLUS_|MONO_|NUGET_|GO(?:FLAGS|DEBUG|PROXY|SUMDB|NOSUMDB|NOSUMCHECK|NOPROXY|INSECURE|PRIVATE|PATH|BIN|ROOT|TOOLCHAIN|ENV|TRACEBACK|AUTH|VCS)$|CARGO_|RUSTUP_|RUSTC|RUSTFLAGS$|PHPRC$|PHP_INI_SCAN_DIR$|LUA_(?:PATH|CPATH|INIT)|ERL_|ELIXIR_ERL_OPTIONS$|JULIA_(?:LOAD_PATH|DEPOT_PATH)$|R_(?:PROFILE|ENVIRON)|TCLLIBPATH$)/,
  // mcp-host's own
  /^MCP_(?:SERVER_(?:ENV|FILES|HOME|ERA)|PACKAGE|PROGRAM|MODULE|ARGS|INSTALL_DIR|REDACT)$/,
];

/** Node's and Git's own names. What such a name ends in tells a setting that is a server's own: a person's token, an address. */
const OF_NODE_OR_GIT = /^(?:NODE|GIT)_/;
const OWN_SETTING =
  /^(?:NODE|GIT)_(?:\w+_)?(?:TOKEN|PAT|API_KEY|USERNAME|USER|PASSWORD|EMAIL|NAME|URL|URI|HOST|ENDPOINT|REPOSITORY|REPO|BRANCH|PROVIDER|ORG|ID|TIMEOUT(?:_MS|_SECS?|_SECONDS?)?)$|^GIT_REPOS?_(?:PATH|DIR|ROOT)S?$/;

/** Names that end like a setting and are Node's or Git's own all the same. */
const NOT_OWN = /^(?:NODE_AUTH_TOKEN|NODE_UNIQUE_ID|GIT_CONFIG\w*|GIT_SSH\w*|GIT_PROXY\w*|GIT_HTTP\w*|GIT_SSL\w*)$/;

/** Returns whether a server never gets an environment variable of this name, even from a person. */
export function isReservedVariable(name: string): boolean {
  return RESERVED.test(name);
}

/**
 * Returns whether a variable steers a process or its connections. Catwalk never proposes such a variable, in whichever source it stands: a
 * value would choose what the server loads or where it sends what a person typed. A person can add most of them by hand.
 */
export function isSteeringVariable(name: string): boolean {
  const upper = name.toUpperCase();
  if (RESERVED.test(name) || STEERING.some((kind) => kind.test(upper))) return true;
  return OF_NODE_OR_GIT.test(upper) && (!OWN_SETTING.test(upper) || NOT_OWN.test(upper));
}

/** Flags that only node, npx, uv, pip or python have. Behind a server's name they would have no effect there. */
const RUNTIME_FLAG =
  /^--?(?:eval|require|import|loader|experimental-[\w-]+|inspect(?:-[\w-]+)?|node-options?|node-arg|preload|script-shell|ignore-scripts|extra-index-url|index-url|default-index|find-links|trusted-host|with-requirements|with-editable|no-build-isolation|userconfig|globalconfig|allow-insecure-host)$/;

/** Returns whether an argument is a flag of a runtime or package client, and so none of a server's. */
export function isRuntimeFlag(argument: string): boolean {
  return RUNTIME_FLAG.test(argument.split("=", 1)[0] ?? "");
}

/** Returns a sentence for a person who adds a variable by hand, or null when it steers nothing. */
export function warnOfSteering(name: string): string | null {
  return isSteeringVariable(name)
    ? "This variable changes what the server loads or how it connects. Set it only if you know why."
    : null;
}
