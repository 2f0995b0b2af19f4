import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { csharpServer, goServer, javaServer } from "../testing/repositories.ts";

const A = ["A_KEY"];
const FATAL = ' {\n\tlog.Fatal("no")\n}';
// Programs ask for what they need in many ways. Each of these says the same to a reader.
const goConfig = (main: string, config: string) =>
  goServer(main, "", { "config/config.go": `package config\n${config}\n` });

test("Go: a demand is heard in every way that programs make it", async () => {
  await assertDemands([
    [
      goConfig(
        'token := config.GetAPIKey()\nif token == "" {\n\tlog.Fatal("no")\n}',
        'func GetAPIKey() string {\n\treturn os.Getenv("A_KEY")\n}',
      ),
      A,
    ],
    [
      goConfig(
        'if token := config.GetAPIKey(); token == "" {\n\tlog.Fatal("no")\n}',
        'func GetAPIKey() string { return os.Getenv("A_KEY") }',
      ),
      A,
    ],
    [
      goConfig(
        'if config.GetAPIKey() == "" {\n\tlog.Fatal("no")\n}',
        'func GetAPIKey() string { return os.Getenv("A_KEY") }',
      ),
      A,
    ],
    [
      goConfig(
        'cfg := config.New()\nif cfg.APIKey() == "" {\n\tlog.Fatal("no")\n}',
        'func (c *Config) APIKey() string {\n\treturn os.Getenv("A_KEY")\n}',
      ),
      A,
    ],
    [
      goConfig(
        'cfg := config.Load()\nif cfg.APIKey() == "" {\n\tlog.Fatal("no")\n}',
        'func Load() *Config {\n\treturn &Config{apiKey: os.Getenv("A_KEY")}\n}\nfunc (c *Config) APIKey() string {\n\treturn c.apiKey\n}',
      ),
      A,
    ],
    [
      goConfig(
        "token, err := config.Key()\nif err != nil {\n\tlog.Fatal(err)\n}\nuse(token)",
        'func Key() (string, error) {\n\tv := os.Getenv("A_KEY")\n\tif v == "" {\n\t\treturn "", fmt.Errorf("A_KEY missing")\n\t}\n\treturn v, nil\n}',
      ),
      A,
    ],
    [
      goConfig(
        'token, err := config.Key()\nif err != nil {\n\tlog.Printf("no token: %v", err)\n}\nuse(token)',
        'func Key() (string, error) {\n\tv := os.Getenv("A_KEY")\n\tif v == "" {\n\t\treturn "", fmt.Errorf("A_KEY missing")\n\t}\n\treturn v, nil\n}',
      ),
      [],
    ],
    [
      goConfig(
        'if config.Key() == "" {\n\tlog.Fatal("no")\n}',
        'func init() {\n\tviper.SetEnvPrefix("A")\n\tviper.AutomaticEnv()\n}\nfunc Key() string {\n\treturn viper.GetString("key")\n}',
      ),
      A,
    ],
    [
      goServer(
        'viper.AutomaticEnv()\nviper.SetEnvPrefix("A")\nif viper.GetString("key") == "" {\n\tlog.Fatal("no")\n}',
      ),
      A,
    ],
    [goServer('viper.BindEnv("key", "A_KEY")\nif !viper.IsSet("key") {\n\tlog.Fatal("no")\n}'), A],
    [goServer('viper.BindEnv("key", "A_KEY")\nkey := viper.GetString("key")\nif key == "" {\n\tlog.Fatal("no")\n}'), A],
    [
      goConfig(
        'if config.Url() == "" {\n\tlog.Fatal("no")\n}',
        'func Url() string {\n\tif v := os.Getenv("A_KEY"); v != "" {\n\t\treturn v\n\t}\n\treturn "https://x"\n}',
      ),
      [],
    ],
    [
      goConfig(
        'cfg, err := config.Load()\nif err != nil {\n\tlog.Fatalf("load: %v", err)\n}\nuse(cfg)',
        'func Load() (*Config, error) {\n\tcfg := &Config{Key: os.Getenv("A_KEY")}\n\tif cfg.Key == "" {\n\t\treturn nil, errors.New("A_KEY is required")\n\t}\n\treturn cfg, nil\n}',
      ),
      A,
    ],
    [
      goConfig(
        "cfg := config.Load()\nif err := cfg.Validate(); err != nil {\n\tlog.Fatal(err)\n}",
        'func Load() *Config {\n\treturn &Config{Key: os.Getenv("A_KEY")}\n}\nfunc (c *Config) Validate() error {\n\tif c.Key == "" {\n\t\treturn fmt.Errorf("A_KEY is required")\n\t}\n\treturn nil\n}',
      ),
      A,
    ],
    [
      goConfig(
        "cfg, err := config.Load()\nif err != nil {\n\tfmt.Fprintln(os.Stderr, err)\n\tos.Exit(1)\n}\nuse(cfg)",
        'func Load() (*Config, error) {\n\tcfg := &Config{Key: os.Getenv("A_KEY")}\n\tif err := cfg.validate(); err != nil {\n\t\treturn nil, err\n\t}\n\treturn cfg, nil\n}\nfunc (c *Config) validate() error {\n\tif c.Key == "" {\n\t\treturn fmt.Errorf("A_KEY is required")\n\t}\n\treturn nil\n}',
      ),
      A,
    ],
    [
      goServer(
        "if err := run(); err != nil {\n\tfmt.Fprintln(os.Stderr, err)\n\tos.Exit(1)\n}",
        'func run() error {\n\tkey := os.Getenv("A_KEY")\n\tif key == "" {\n\t\treturn errors.New("no")\n\t}\n\treturn nil\n}',
      ),
      A,
    ],
    [
      goConfig(
        "if err := config.Check(); err != nil {\n\tlog.Fatal(err)\n}",
        'func Check() error {\n\tvar errs []error\n\tif os.Getenv("A_KEY") == "" {\n\t\terrs = append(errs, errors.New("A_KEY"))\n\t}\n\treturn errors.Join(errs...)\n}',
      ),
      A,
    ],
    [
      goServer(
        'missing := []string{}\nif os.Getenv("A_KEY") == "" {\n\tmissing = append(missing, "A_KEY")\n}\nif len(missing) > 0 {\n\tlog.Fatalf("missing %v", missing)\n}',
      ),
      A,
    ],
    [
      goServer(
        'for _, name := range []string{"A_KEY", "A_URL"} {\n\tif os.Getenv(name) == "" {\n\t\tlog.Fatalf("%s is required", name)\n\t}\n}',
      ),
      ["A_KEY", "A_URL"],
    ],
    [
      goServer(
        'required := []string{"A_KEY", "A_URL"}\nfor _, name := range required {\n\tif os.Getenv(name) == "" {\n\t\tlog.Fatalf("%s is required", name)\n\t}\n}',
      ),
      ["A_KEY", "A_URL"],
    ],
    [
      goServer(
        'key := mustEnv("A_KEY")\nuse(key)',
        'func mustEnv(k string) string {\n\tv, ok := os.LookupEnv(k)\n\tif !ok || v == "" {\n\t\tlog.Fatalf("missing %s", k)\n\t}\n\treturn v\n}',
      ),
      A,
    ],
    [
      goServer(
        'key, err := requireEnv("A_KEY")\nif err != nil {\n\tlog.Fatal(err)\n}\nuse(key)',
        'func requireEnv(k string) (string, error) {\n\tv := os.Getenv(k)\n\tif v == "" {\n\t\treturn "", fmt.Errorf("%s is not set", k)\n\t}\n\treturn v, nil\n}',
      ),
      A,
    ],
    [
      goServer(
        "var cfg Config\nif err := env.Parse(&cfg); err != nil {\n\tlog.Fatal(err)\n}",
        'type Config struct {\n\tKey string `env:"A_KEY,required"`\n\tUrl string `env:"A_URL" envDefault:"x"`\n}',
      ),
      A,
    ],
    [
      goServer(
        'var cfg Config\nenvconfig.MustProcess("", &cfg)',
        'type Config struct {\n\tKey string `envconfig:"A_KEY" required:"true"`\n}',
      ),
      A,
    ],
    [goServer("cleanenv.ReadEnv(&cfg)", 'type Config struct {\n\tKey string `env:"A_KEY" env-required:"true"`\n}'), A],
    [
      goServer(
        "envconfig.Process(ctx, &cfg)",
        'type Config struct {\n\tKey string `env:"A_KEY, required"`\n\tU string `env:"A_URL, default=x"`\n}',
      ),
      A,
    ],
    [
      goServer('if os.Getenv("A_KEY") == "" && os.Getenv("A_TOKEN") == "" {\n\tlog.Fatal("one")\n}'),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [
      goConfig(
        "if _, err := config.Load(); err != nil {\n\tlog.Fatal(err)\n}",
        'func Load() (*C, error) {\n\tc := &C{Key: os.Getenv("A_KEY"), Token: os.Getenv("A_TOKEN")}\n\tif c.Key == "" && c.Token == "" {\n\t\treturn nil, errors.New("one of")\n\t}\n\treturn c, nil\n}',
      ),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [
      goServer(
        'key, token := os.Getenv("A_KEY"), os.Getenv("A_TOKEN")\nswitch {\ncase key != "":\n\tuse(key)\ncase token != "":\n\tuse(token)\ndefault:\n\tlog.Fatal("one of")\n}',
      ),
      [],
      [["A_KEY"], ["A_TOKEN"]],
    ],
    [goServer('if key, ok := os.LookupEnv("A_KEY"); ok {\n\tuse(key)\n} else {\n\tlog.Fatal("no")\n}'), A],
    [goServer('key := os.Getenv("A_KEY")\nif key == "" {\n\tlog.Fatal().Msg("no key")\n}'), A],
    [goServer('key := os.Getenv("A_KEY")\nif key == "" {\n\tslog.Error("no key")\n\tos.Exit(1)\n}'), A],
    [goServer('key := os.Getenv("A_KEY")\nif key == "" {\n\tfmt.Println("A_KEY not set")\n\treturn\n}'), A],
    [
      goServer(
        'key := strings.TrimSpace(os.Getenv("A_KEY"))\nif len(key) == 0 {\n\tfmt.Fprintln(os.Stderr, "no")\n\tos.Exit(2)\n}',
      ),
      A,
    ],
    [goServer('key := os.Getenv("A_KEY")\nif key == "" {\n\tlog.Println("no key, some tools are off")\n}'), []],
    [
      goServer(
        "s.AddTool(tool, handle)",
        'func handle(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\tkey := os.Getenv("A_KEY")\n\tif key == "" {\n\t\treturn nil, errors.New("no")\n\t}\n\treturn nil, nil\n}',
      ),
      [],
    ],
    [
      goServer(
        'c, err := newClient()\nif err != nil {\n\tlog.Fatalf("client: %v", err)\n}\nuse(c)',
        'func newClient() (*Client, error) {\n\tkey := os.Getenv("A_KEY")\n\tif key == "" {\n\t\treturn nil, errors.New("no")\n\t}\n\treturn &Client{key}, nil\n}',
      ),
      A,
    ],
    [
      goServer(
        'c, err := newClient(os.Getenv("A_KEY"))\nif err != nil {\n\tlog.Fatal(err)\n}\nuse(c)',
        'func newClient(key string) (*Client, error) {\n\tif key == "" {\n\t\treturn nil, errors.New("no")\n\t}\n\treturn &Client{key}, nil\n}',
      ),
      A,
    ],
    [
      {
        ...goServer(""),
        "main.go":
          'package main\nfunc main() {\n\tif err := rootCmd.Execute(); err != nil {\n\t\tos.Exit(1)\n\t}\n}\nvar rootCmd = &cobra.Command{Use: "thing", RunE: run}\nfunc run(cmd *cobra.Command, args []string) error {\n\tkey := os.Getenv("A_KEY")\n\tif key == "" {\n\t\treturn fmt.Errorf("A_KEY required")\n\t}\n\ts := server.NewMCPServer("thing", "1")\n\treturn server.ServeStdio(s)\n}\n',
        "README.md": "# T",
      },
      A,
    ],
    [
      {
        ...goServer(""),
        "main.go":
          'package main\nfunc main() {\n\tif err := rootCmd.Execute(); err != nil {\n\t\tos.Exit(1)\n\t}\n}\nvar rootCmd = &cobra.Command{Use: "thing", RunE: func(cmd *cobra.Command, args []string) error {\n\tkey := os.Getenv("A_KEY")\n\tif key == "" {\n\t\treturn errors.New("A_KEY required")\n\t}\n\ts := server.NewMCPServer("thing", "1")\n\treturn server.ServeStdio(s)\n}}\n',
        "README.md": "# T",
      },
      A,
    ],
    [
      goServer(
        'key := flag.String("key", os.Getenv("A_KEY"), "API key")\nflag.Parse()\nif *key == "" {\n\tlog.Fatal("no")\n}',
      ),
      A,
    ],
    [
      goServer(
        'key := flag.String("key", "", "API key")\nflag.Parse()\nif *key == "" {\n\t*key = os.Getenv("A_KEY")\n}\nif *key == "" {\n\tlog.Fatal("no")\n}',
      ),
      A,
    ],
    [
      goServer(
        'if os.Getenv("A_REDIS") != "" {\n\tif os.Getenv("A_KEY") == "" {\n\t\tlog.Fatal("redis needs key")\n\t}\n}',
      ),
      [],
    ],
    [
      goServer(
        'if os.Getenv("A_TRANSPORT") == "http" {\n\tif os.Getenv("A_KEY") == "" {\n\t\tlog.Fatal("http needs key")\n\t}\n}',
      ),
      [],
    ],
    [
      goConfig(
        'use(config.Get().Key)\nif config.Get().Key == "" {\n\tlog.Fatal("no")\n}',
        'var cfg *Config\nfunc Get() *Config {\n\tonce.Do(func() {\n\t\tcfg = &Config{Key: os.Getenv("A_KEY")}\n\t})\n\treturn cfg\n}',
      ),
      A,
    ],
    [goServer('key, ok := os.LookupEnv("A_KEY")\nif !ok {\n\tpanic(fmt.Sprintf("%s", "A_KEY"))\n}\nuse(key)'), A],
    [
      goServer(
        "use(key)",
        'var key = mustGet("A_KEY")\nfunc mustGet(k string) string {\n\tif v := os.Getenv(k); v != "" {\n\t\treturn v\n\t}\n\tpanic(k)\n}',
      ),
      A,
    ],
  ]);
});

test("Go: what is made of a variable is not the variable", async () => {
  const client =
    'func Client() *http.Client {\n\tkey := os.Getenv("A_KEY")\n\tif key == "" {\n\t\treturn nil\n\t}\n\treturn &http.Client{Key: key}\n}';
  await assertDemands([
    [goConfig('if config.Client() == nil {\n\tlog.Println("no client")\n}', client), []],
    [
      goConfig(
        'if config.Other() == "" {\n\tlog.Fatal("no")\n}',
        'func Other() string {\n\treturn load(os.Getenv("A_KEY"))\n}',
      ),
      [],
    ],
    [
      goServer(
        'name := resolve(given, os.Getenv("A_KEY"), "own")\nif name == "" {\n\tlog.Fatal("no name")\n}',
        "func resolve(given, set, own string) string {\n\treturn own\n}",
      ),
      [],
    ],
    [
      goConfig(
        'if config.Address() == "" {\n\tlog.Fatal("no")\n}',
        'func Address() string {\n\treturn "https://" + os.Getenv("A_KEY")\n}',
      ),
      [],
    ],
  ]);
});

test("Go: an error of another call says nothing of an earlier one", async () => {
  const key =
    'func Key() (string, error) {\n\tif os.Getenv("A_KEY") == "" {\n\t\treturn "", errors.New("no")\n\t}\n\treturn os.Getenv("A_KEY"), nil\n}';
  const soft = "key, err := config.Key()\nif err != nil {\n\tlog.Println(err)\n}\n";
  await assertDemands([
    [goConfig(`${soft}err = connect(key)\nif err != nil {\n\tlog.Fatal(err)\n}`, key), []],
    [goConfig("os.Exit(run())", `${key}\nfunc run() int {\n\treturn 0\n}`), []],
  ]);
});

test("Go: a parameter is not the variable that another function keeps under that name", async () => {
  const cache =
    'type Cache struct{ file string }\nfunc NewCache(path string) *Cache {\n\tif path == "" {\n\t\tpanic("path is required")\n\t}\n\treturn &Cache{file: path}\n}';
  const path = 'func Path() string {\n\tif path := os.Getenv("A_KEY"); path != "" {\n\t\treturn path\n\t}\n';
  await assertDemands([
    [goConfig("use(config.NewCache(config.Path()))", `${cache}\n${path}\treturn "cache.json"\n}`), []],
    [
      goConfig("use(config.NewCache(config.Path()))", `${cache}\n${path}\treturn filepath.Join(os.TempDir(), "c")\n}`),
      [],
    ],
    [
      goConfig("use(config.NewCache(config.Path()))", `${cache}\nfunc Path() string {\n\treturn os.Getenv("A_KEY")\n}`),
      A,
    ],
  ]);
});

test("Go: errors that are collected end the program, whatever else is added to their list", async () => {
  const main = "h, err := NewFromEnv()\nif err != nil {\n\tfmt.Fprintln(os.Stderr, err)\n\tos.Exit(1)\n}\nuse(h)";
  const helper =
    'func Getenv(key, defaultValue string) string {\n\tif v := os.Getenv(key); v != "" {\n\t\treturn v\n\t}\n\treturn defaultValue\n}\n';
  const fn = (body: string, n = 1, init = '[]error{errors.New("Error:")}') =>
    `${helper}func NewFromEnv() (*H, error) {\n\tvar h H\n\terrs := ${init}\n\ta := Getenv("A_KEY", "")\n${body}\n\tif len(errs) > ${n} {\n\t\treturn nil, errors.Join(errs...)\n\t}\n\treturn &h, nil\n}\n`;
  const missing = 'if a == "" {\n\terrs = append(errs, errors.New("A_KEY must be provided"))\n}';
  const wrong =
    'if a == "" {\n\terrs = append(errs, errors.New("A_KEY must be provided"))\n} else if u, err := url.Parse(a); err != nil {\n\terrs = append(errs, fmt.Errorf("bad: %s", err))\n} else {\n\th.URL = u\n}';
  await assertDemands([
    [goServer(main, fn(missing, 0, "[]error{}")), A],
    [goServer(main, fn(missing)), A],
    [goServer(main, fn(wrong)), A],
  ]);
});

test("a name that holds another variable's value where its own is missing is a choice, in every language", async () => {
  const choice = [["A_KEY"], ["B_KEY"]];
  await assertDemands([
    [
      goServer(`key := os.Getenv("A_KEY")\nif key == "" {\n\tkey = os.Getenv("B_KEY")\n}\nif key == ""${FATAL}`),
      [],
      choice,
    ],
    [
      goServer(`key := os.Getenv("A_KEY")\nif v := os.Getenv("B_KEY"); v != "" {\n\tkey = v\n}\nif key == ""${FATAL}`),
      [],
      choice,
    ],
    [
      javaServer(
        'String key = System.getenv("A_KEY"); if (key == null) { key = System.getenv("B_KEY"); } if (key == null) { throw new IllegalStateException("no"); }',
      ),
      [],
      choice,
    ],
    [
      csharpServer(
        'var key = Environment.GetEnvironmentVariable("A_KEY");\nif (string.IsNullOrEmpty(key)) { key = Environment.GetEnvironmentVariable("B_KEY"); }\nif (string.IsNullOrEmpty(key)) throw new Exception("no");',
      ),
      [],
      choice,
    ],
    // What ends the function gives a name nothing.
    [
      goServer(
        `key := os.Getenv("A_KEY")\nif err := check(); err != nil {\n\tkey = "x"\n\treturn\n}\nif key == ""${FATAL}`,
      ),
      ["A_KEY"],
    ],
    [goServer(`key := os.Getenv("A_KEY")\nif key == "" {\n\tkey = "x"\n}\nif key == ""${FATAL}`), []],
  ]);
});

test("Go: a flag that is empty by itself is demanded as a variable is, and the variable does the same", async () => {
  const flag = 'key := flag.String("key", "", "API key")\nflag.Parse()\n';
  await assertDemands([
    [goServer(`${flag}if *key == ""${FATAL}`), ["--key"]],
    [goServer(`${flag}_ = key`), []],
    [goServer(`${flag}if *key == "" {\n\t*key = os.Getenv("A_KEY")\n}\nif *key == ""${FATAL}`), ["A_KEY"]],
    [goServer(`url := flag.String("url", "https://a.example", "")\nif *url == ""${FATAL}`), []],
  ]);
});
