import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDemands } from "../testing/demands.ts";
import { goServer, readDemands } from "../testing/repositories.ts";

const A = ["A_KEY"];
const goConfig = (main: string, config: string) =>
  goServer(main, "", { "config/config.go": `package config\n${config}\n` });
const struct = (fields: string, name = "Config") => `type ${name} struct {\n${fields}\n}`;
const FATAL = ' {\n\tlog.Fatal("no")\n}';

test("Go: what structs declare by their tags is heard, under the prefix of the field that holds them", async () => {
  const inner = (tag: string, field: string) =>
    `${struct(`\tApi Api \`${tag}\``)}\n${struct(`\tKey string \`${field}\`\n\tUrl string \`env:"URL"\``, "Api")}`;
  const lib = (path: string, code: string) => `import "${path}"\n${code}`;
  const cases: [main: string, top: string, required: string[], optional: string[]][] = [
    ["env.Parse(&cfg)", inner('envPrefix:"A_"', 'env:"KEY,required"'), A, ["A_URL"]],
    ["env.Parse(&cfg)", struct('\tApi struct {\n\t\tKey string `env:"KEY,required"`\n\t} `envPrefix:"A_"`'), A, []],
    ['env.ParseWithOptions(&cfg, env.Options{Prefix: "A_"})', struct('\tKey string `env:"KEY,required"`'), A, []],
    [
      "env.ParseWithOptions(&cfg, env.Options{RequiredIfNoDef: true})",
      struct('\tKey string `env:"A_KEY"`\n\tUrl string `env:"A_URL" envDefault:"x"`'),
      A,
      ["A_URL"],
    ],
    [`env.Parse(&cfg)\nif cfg.Key == ""${FATAL}`, struct('\tKey string `env:"A_KEY"`'), A, []],
    ["envconfig.Process(ctx, &cfg)", inner('env:", prefix=A_"', 'env:"KEY, required"'), A, ["A_URL"]],
    ["cleanenv.ReadEnv(&cfg)", inner('env-prefix:"A_"', 'env:"KEY" env-required:"true"'), A, ["A_URL"]],
    [
      'var cfg Config\nenvconfig.MustProcess("a", &cfg)',
      lib("github.com/kelseyhightower/envconfig", struct('\tKey string `required:"true"`\n\tUrl string `default:"x"`')),
      A,
      ["A_URL"],
    ],
    [
      'var cfg Config\nenvconfig.Process("thing", &cfg)',
      lib("github.com/kelseyhightower/envconfig", struct('\tApiKey string `split_words:"true" required:"true"`')),
      ["THING_API_KEY"],
      [],
    ],
    [
      "kong.Parse(&cli)",
      lib("github.com/alecthomas/kong", 'var cli struct {\n\tKey string `env:"A_KEY" required help:"x"`\n}'),
      A,
      [],
    ],
    [
      "kong.Parse(&cli)",
      lib(
        "github.com/alecthomas/kong",
        'var cli struct {\n\tApiKey string `help:"x" required:""`\n\tDepth int `default:"3"`\n}',
      ),
      ["--api-key"],
      ["--depth"],
    ],
    [
      "kong.Parse(&cli)",
      lib(
        "github.com/alecthomas/kong",
        'var cli struct {\n\tLogin struct {\n\t\tCode string `required:""`\n\t} `cmd:""`\n\tServe struct {\n\t\tKey string `required:""`\n\t} `cmd:""`\n}',
      ),
      ["--key"],
      [],
    ],
    [
      "arg.MustParse(&args)",
      lib(
        "github.com/alexflint/go-arg",
        'var args struct {\n\tKey string `arg:"required,env:A_KEY" help:"x"`\n\tUrl string `arg:"env:A_URL" default:"x"`\n}',
      ),
      A,
      ["--url", "A_URL"],
    ],
    [
      "arg.MustParse(&args)",
      lib("github.com/alexflint/go-arg", 'var args struct {\n\tKey string `arg:"--api-key,required"`\n}'),
      ["--api-key"],
      [],
    ],
    ["use()", struct('\tKey string `json:"env" yaml:"required"`'), [], []],
  ];
  for (const [main, top, required, optional] of cases) {
    const found = await readDemands(goServer(main, top));
    assert.deepEqual(found.required, required, top);
    assert.deepEqual(
      found.optional.filter((key) => !(key.startsWith("--") && optional.includes(`A_${key.slice(2).toUpperCase()}`))),
      optional.filter((key) => found.optional.includes(key)),
      top,
    );
    assert.ok(
      optional.every((key) => found.optional.includes(key) || key.startsWith("--")),
      `${top}: ${found.optional}`,
    );
  }
});

test("Go: settings of viper, koanf, urfave/cli and flags are their variables wherever they are asked for", async () => {
  await assertDemands([
    [goServer(`vp := viper.New()\nvp.SetEnvPrefix("A")\nvp.AutomaticEnv()\nif vp.GetString("key") == ""${FATAL}`), A],
    [
      goServer(
        `viper.SetEnvPrefix("A")\nviper.BindEnv("key")\nvar c Config\nviper.Unmarshal(&c)\nif c.Key == ""${FATAL}`,
        struct('\tKey string `mapstructure:"key"`'),
      ),
      A,
    ],
    [
      goServer(
        `k.Load(env.Provider("A_", ".", strings.ToLower), nil)\nif k.String("key") == ""${FATAL}`,
        'var k = koanf.New(".")',
      ),
      A,
    ],
    [
      goServer(
        'cmd := &cli.Command{Flags: []cli.Flag{&cli.StringFlag{Name: "key", Sources: cli.EnvVars("A_KEY")}}, Action: func(ctx context.Context, c *cli.Command) error {\n\tif c.String("key") == "" {\n\t\treturn errors.New("no")\n\t}\n\treturn nil\n}}\ncmd.Run(ctx, os.Args)',
      ),
      A,
    ],
    [
      goServer(
        `var key string\nflag.StringVar(&key, "key", os.Getenv("A_KEY"), "x")\nflag.Parse()\nif key == ""${FATAL}`,
      ),
      A,
    ],
    [
      goServer(
        'cfg := Config{Key: os.Getenv("A_KEY")}\nif err := validator.New().Struct(cfg); err != nil {\n\tlog.Fatal(err)\n}',
        struct('\tKey string `validate:"required"`'),
      ),
      A,
    ],
    [goServer('cfg := Config{Key: os.Getenv("A_KEY")}\nuse(cfg)', struct('\tKey string `validate:"required"`')), []],
  ]);
});

test("Go: functions that variables and parameters hold are followed", async () => {
  const getKey = 'func GetKey() string {\n\treturn os.Getenv("A_KEY")\n}\n';
  const checks =
    'func New(get func() string) (*C, error) {\n\tkey := get()\n\tif key == "" {\n\t\treturn nil, errors.New("no")\n\t}\n\treturn &C{key}, nil\n}';
  await assertDemands([
    [goServer(`get := func() string { return os.Getenv("A_KEY") }\nif get() == ""${FATAL}`), A],
    [
      goServer(
        'need := func(k string) string {\n\tv := os.Getenv(k)\n\tif v == "" {\n\t\tlog.Fatal(k)\n\t}\n\treturn v\n}\nuse(need("A_KEY"))',
      ),
      A,
    ],
    [goServer(`getenv := os.Getenv\nif getenv("A_KEY") == ""${FATAL}`), A],
    [
      goServer(
        "if err := run(os.Getenv); err != nil {\n\tlog.Fatal(err)\n}",
        'func run(getenv func(string) string) error {\n\tif getenv("A_KEY") == "" {\n\t\treturn errors.New("no")\n\t}\n\treturn nil\n}',
      ),
      A,
    ],
    [goConfig("if _, err := config.New(config.GetKey); err != nil {\n\tlog.Fatal(err)\n}", getKey + checks), A],
    [
      goConfig(
        "server.ServeStdio(s, server.WithStdioContextFunc(config.FromEnvironment))",
        `${getKey}func FromEnvironment(ctx context.Context) context.Context {\n\tif GetKey() == ""${FATAL}\n\treturn ctx\n}`,
      ),
      A,
    ],
    [
      goConfig(
        "s.AddTool(tool, config.Handle)",
        `${getKey}func Handle(ctx context.Context) error {\n\tif GetKey() == "" {\n\t\treturn errors.New("no")\n\t}\n\treturn nil\n}`,
      ),
      [],
    ],
    [
      goServer(
        'for name, value := range map[string]string{"key": os.Getenv("A_KEY"), "url": os.Getenv("A_URL")} {\n\tif value == "" {\n\t\tlog.Fatal(name)\n\t}\n}',
      ),
      ["A_KEY", "A_URL"],
    ],
  ]);
});

test("Go: a check of a field that has a value without its variable demands nothing", async () => {
  const getter = `func getEnv(key, fallback string) string {\n\tif value := os.Getenv(key); value != "" {\n\t\treturn value\n\t}\n\treturn fallback\n}\n`;
  const checks = [
    'if cfg.Level == "" {\n\t\treturn errors.New("no level")\n\t}',
    'valid := map[string]bool{"info": true}\n\tif !valid[cfg.Level] {\n\t\treturn errors.New("no level")\n\t}',
  ];
  for (const check of checks) {
    const read = (value: string) =>
      readDemands(
        goServer(
          `cfg := Config{Level: ${value}}\nif err := validate(cfg); err != nil {\n\tlog.Fatal(err)\n}`,
          `type Config struct{ Level string }\n${getter}func validate(cfg Config) error {\n\t${check}\n\treturn nil\n}\n`,
        ),
      );
    assert.deepEqual((await read('getEnv("A_LEVEL", "info")')).required, [], check);
    assert.deepEqual((await read('os.Getenv("A_LEVEL")')).required, ["A_LEVEL"], check);
  }
});

test("Go: the last of several values is one that is written out, and a bound setting has its own variable alone", async () => {
  const check = `if value == ""${FATAL}`;
  const last = async (call: string) => (await readDemands(goServer(`value := ${call}\n${check}`))).required;
  assert.deepEqual(await last('cmp.Or(os.Getenv("A_REGION"), "eu")'), []);
  assert.deepEqual(await last('cmp.Or(os.Getenv("A_REGION"), os.Getenv("A_ZONE"), "")'), []);
  assert.deepEqual(await last('os.Getenv("A_REGION")'), ["A_REGION"]);
  const bound = `viper.AutomaticEnv()\nviper.BindEnv("region", "A_REGION")\nregion := viper.GetString("region")\nzone := viper.GetString("zone")\nstart(region, zone)`;
  assert.deepEqual((await readDemands(goServer(bound))).optional, ["A_REGION", "ZONE"]);
});
