import assert from "node:assert/strict";
import { test } from "node:test";
import {
  csharpServer,
  goServer,
  javaServer,
  npmServer,
  pypiServer,
  readDemands,
  rustServer,
} from "../testing/repositories.ts";

/** Of everything, so that each client's service is among it. */
const ABOUT = { "README.md": "# Thing for AWS, Azure, Google Cloud, Kubernetes and MLflow\n" };
const AWS = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
const KEYS = AWS.filter((name) => name !== "AWS_REGION");
/** boto3 does not read AWS_REGION. */
const BOTO = [...KEYS, "AWS_DEFAULT_REGION"].sort();
const AZURE = ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"];
const GOOGLE = ["GOOGLE_APPLICATION_CREDENTIALS"];

type Case = [files: Record<string, string>, optional: string[], required?: string[]];

async function assertReads(cases: readonly Case[], about: Record<string, string> = ABOUT): Promise<void> {
  for (const [files, optional, required = []] of cases) {
    const found = await readDemands({ ...files, ...about });
    assert.deepEqual([found.optional, found.required], [optional, required], JSON.stringify(files));
  }
}

const python = (code: string) => pypiServer(`${code}\ndef main(): mcp.run()\n`, "# Thing\n");
const javaScript = (code: string) => npmServer(`${code}\n`, "# Thing\n");

test("Python: a client that is given no key reads it from the environment", async () => {
  await assertReads([
    [python("import boto3\ndef get(): return boto3.client('s3')"), BOTO],
    [python("import boto3\ndef get(): return boto3.client('s3', region_name='x')"), KEYS],
    [python("import boto3\nsession = boto3.Session()\ndef get(): return session.client('s3', region_name='x')"), KEYS],
    [
      python("import boto3\ndef get(k, s): return boto3.client('s3', aws_access_key_id=k, aws_secret_access_key=s)"),
      [],
    ],
    [
      python("from openai import OpenAI\ndef get(): return OpenAI(base_url='https://x', timeout=3)"),
      ["OPENAI_API_KEY"],
    ],
    [python("from openai import OpenAI\ndef get(key): return OpenAI(\n    api_key=key,\n)"), []],
    [
      python(
        "from openai import OpenAI\ndef get(settings):\n    options = {'api_key': settings.key}\n    return OpenAI(**options)",
      ),
      [],
    ],
    [python("from openai import OpenAI\nclient = OpenAI()"), [], ["OPENAI_API_KEY"]],
    [python("from tavily import TavilyClient\nclient = TavilyClient()"), ["TAVILY_API_KEY"]],
    [python("from tavily import TavilyClient\ndef get(key): return TavilyClient(key)"), []],
    [python("import google.auth\ndef get(): return google.auth.default()"), [...GOOGLE, "GOOGLE_CLOUD_PROJECT"]],
    [python("from google.cloud import bigquery\ndef get(): return bigquery.Client(project='x')"), GOOGLE],
    [python("from google.cloud import bigquery\ndef get(c): return bigquery.Client(credentials=c)"), []],
    [python("from azure.identity import DefaultAzureCredential\ndef get(): return DefaultAzureCredential()"), AZURE],
    [python("from huggingface_hub import HfApi\ndef get(): return HfApi()"), ["HF_TOKEN"]],
    [python("from kubernetes import client, config\ndef get(): config.load_kube_config()"), ["KUBECONFIG"]],
    [python("from kubernetes import client, config\ndef get(p): config.load_kube_config(config_file=p)"), []],
    [python("from twilio.rest import Client\ndef get(): return Client()"), ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]],
    [python("from twilio.rest import Client\ndef get(a, b): return Client(a, b)"), []],
    [
      python("import mlflow\ndef get(): return mlflow.MlflowClient()"),
      ["MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME"],
    ],
    [python("import subprocess\ndef get(a): return subprocess.run(['aws', 's3', a])"), AWS],
    [python("CLOUDS = ['aws', 'gcp']\ndef get(): return CLOUDS"), []],
    [python("from langchain_openai import ChatOpenAI\ndef get(): return ChatOpenAI(model='x')"), ["OPENAI_API_KEY"]],
  ]);
});

test("JavaScript: a client that is given no key reads it from the environment", async () => {
  await assertReads([
    [javaScript('import OpenAI from "openai";\nconst get = () => new OpenAI({ timeout: 3 });'), ["OPENAI_API_KEY"]],
    [javaScript('import OpenAI from "openai";\nconst ai = new OpenAI();'), [], ["OPENAI_API_KEY"]],
    [javaScript('import OpenAI from "openai";\nconst get = (k) => new OpenAI({\n  apiKey: k,\n});'), []],
    [
      javaScript(
        'import OpenAI from "openai";\nfunction get(apiKey) {\n  const options = { apiKey };\n  return new OpenAI(options);\n}',
      ),
      [],
    ],
    [
      javaScript('import { S3Client } from "@aws-sdk/client-s3";\nconst get = () => new S3Client({ region: "x" });'),
      AWS,
    ],
    [
      javaScript(
        'import { S3Client } from "@aws-sdk/client-s3";\nconst get = (c) => new S3Client({ credentials: c });',
      ),
      [],
    ],
    [javaScript('import { GetObjectCommand } from "@aws-sdk/client-s3";\nuse(GetObjectCommand);'), []],
    [
      javaScript(
        'import { DefaultAzureCredential } from "@azure/identity";\nconst get = () => new DefaultAzureCredential();',
      ),
      AZURE,
    ],
    [
      javaScript('import { GoogleAuth } from "google-auth-library";\nconst get = () => new GoogleAuth({ scopes });'),
      GOOGLE,
    ],
    [
      javaScript(
        'import { GoogleAuth } from "google-auth-library";\nconst get = (p) => new GoogleAuth({ keyFile: p });',
      ),
      [],
    ],
    [javaScript("class OpenAI {}\nconst get = () => new OpenAI();"), []],
  ]);
});

test("Go, Rust, Java and C#: a default chain of credentials reads what its library documents", async () => {
  const go = (library: string, code: string) => goServer("", `import "${library}"\nfunc get(ctx any) {\n${code}\n}`);
  const csharp = (code: string) => csharpServer(code, { "Usings.cs": "global using System;\n" });
  await assertReads([
    [go("github.com/aws/aws-sdk-go-v2/config", 'config.LoadDefaultConfig(ctx, config.WithRegion("x"))'), AWS],
    [go("github.com/aws/aws-sdk-go-v2/config", "config.LoadDefaultConfig(ctx, config.WithCredentialsProvider(p))"), []],
    [go("github.com/acme/thing/config", "config.LoadDefaultConfig(ctx)"), []],
    [go("github.com/Azure/azure-sdk-for-go/sdk/azidentity", "azidentity.NewDefaultAzureCredential(nil)"), AZURE],
    [go("golang.org/x/oauth2/google", "google.FindDefaultCredentials(ctx)"), GOOGLE],
    [go("cloud.google.com/go/storage", "storage.NewClient(ctx)"), GOOGLE],
    [go("cloud.google.com/go/storage", "storage.NewClient(ctx, option.WithCredentialsFile(p))"), []],
    [go("github.com/openai/openai-go", "openai.NewClient()"), ["OPENAI_API_KEY"]],
    [go("github.com/openai/openai-go", "openai.NewClient(option.WithAPIKey(key))"), []],
    [rustServer("let c = aws_config::load_defaults(BehaviorVersion::latest()).await;"), AWS],
    [rustServer("let c = Client::new();", "use async_openai::Client;"), ["OPENAI_API_KEY"]],
    [rustServer("let c = OpenAIConfig::new().with_api_key(key);", "use async_openai::config::OpenAIConfig;"), []],
    [rustServer("let c = Client::new();", "use reqwest::Client;"), []],
    [javaServer("var c = software.amazon.awssdk.services.s3.S3Client.create();"), AWS],
    [javaServer("var c = com.google.auth.oauth2.GoogleCredentials.getApplicationDefault();"), GOOGLE],
    [javaServer("var c = new com.azure.identity.DefaultAzureCredentialBuilder().build();"), AZURE],
    [csharp("using Azure.Identity;\nvar c = new DefaultAzureCredential();"), AZURE],
    [
      csharp(
        "using Azure.Identity;\nvar c = new ChainedTokenCredential(new EnvironmentCredential(), new AzureCliCredential());",
      ),
      AZURE,
    ],
    [csharp("using Amazon.S3;\nvar c = new AmazonS3Client();"), AWS],
    [csharp("using Amazon.S3;\nvar c = new AmazonS3Client(credentials, region);"), []],
  ]);
});

test("a cloud's credentials are an input where the server is about that cloud, or names them", async () => {
  const code = "import boto3\ndef get(): return boto3.client('s3')";
  await assertReads([[python(code), []]], { "README.md": "# Thing for databases\n" });
  await assertReads([[python(code), BOTO]], { "README.md": "# Thing\n\nSet `AWS_PROFILE` for IAM.\n" });
  const runs = "import mlflow\ndef get(): mlflow.set_tracking_uri('runs')";
  await assertReads([[python(runs), []]], { "README.md": "# Thing that finds objects in pictures\n" });
  const clusters =
    'import * as k8s from "@kubernetes/client-node";\nconst kc = new k8s.KubeConfig();\nkc.loadFromDefault();';
  await assertReads([[javaScript(clusters), []]], { "README.md": "# Thing for clusters\n" });
  const readme = "# Thing for clusters\n\nIt finds the hub through the **`KUBECONFIG`** variable.\n";
  await assertReads([[javaScript(clusters), ["KUBECONFIG"]]], { "README.md": readme });
});

test("what the code reads by itself is no library's", async () => {
  const code = "import os\nfrom exa_py import Exa\ndef get(): return Exa() if os.environ['EXA_API_KEY'] else None";
  await assertReads([[python(code), ["EXA_API_KEY"]]]);
});

test("the command line of AWS reads the variables of its libraries", async () => {
  const rust = (program: string) =>
    rustServer(`let out = tokio::process::Command::new("${program}").arg(name).output();`);
  const go = (call: string) => goServer(`out, _ := ${call}\nuse(out)`, 'import "os/exec"');
  await assertReads([
    [rust("aws"), AWS],
    [rust("awslocal"), []],
    [go('exec.Command("aws", "s3", "ls").Output()'), AWS],
    [go('exec.CommandContext(ctx, "aws", "s3").Output()'), AWS],
    [go('exec.Command("git", "aws").Output()'), []],
  ]);
  // Where the server is about something else, it is one of many programs.
  await assertReads([[rust("aws"), []]], { "README.md": "# Thing\n" });
});

test("clients of one key read it where they are made without one", async () => {
  const clients: [module: string, made: string, key: string, isDemanded?: true][] = [
    ["perplexity", "Perplexity", "PERPLEXITY_API_KEY", true],
    ["browserbase", "AsyncBrowserbase", "BROWSERBASE_API_KEY", true],
    ["runwayml", "RunwayML", "RUNWAYML_API_SECRET", true],
    ["mem0", "MemoryClient", "MEM0_API_KEY", true],
    ["fredapi", "Fred", "FRED_API_KEY", true],
    ["alpha_vantage.timeseries", "TimeSeries", "ALPHAVANTAGE_API_KEY", true],
    ["polygon", "RESTClient", "POLYGON_API_KEY", true],
    ["deepgram", "DeepgramClient", "DEEPGRAM_API_KEY"],
  ];
  await assertReads(
    clients.flatMap(([module, made, key, isDemanded]): Case[] => [
      [python(`from ${module} import ${made}\ndef get(): return ${made}()`), [key]],
      [python(`from ${module} import ${made}\nclient = ${made}()`), isDemanded ? [] : [key], isDemanded ? [key] : []],
      [python(`from ${module} import ${made}\ndef get(key): return ${made}(api_key=key)`), []],
      // A module of the server's own.
      ...(module === "deepgram"
        ? []
        : [[python(`from .${module} import ${made}\ndef get(): return ${made}()`), []] satisfies Case]),
    ]),
  );
  const libraries: [module: string, made: string, key: string, isDemanded?: true][] = [
    ["@perplexity-ai/perplexity_ai", "Perplexity", "PERPLEXITY_API_KEY", true],
    ["@browserbasehq/sdk", "Browserbase", "BROWSERBASE_API_KEY", true],
    ["together-ai", "Together", "TOGETHER_API_KEY", true],
    ["airtable", "Airtable", "AIRTABLE_API_KEY", true],
    ["@deepgram/sdk", "DeepgramClient", "DEEPGRAM_API_KEY"],
  ];
  await assertReads(
    libraries.flatMap(([module, made, key, isDemanded]): Case[] => [
      [javaScript(`import ${made} from "${module}";\nconst get = () => new ${made}();`), [key]],
      [
        javaScript(`import ${made} from "${module}";\nconst client = new ${made}();`),
        isDemanded ? [] : [key],
        isDemanded ? [key] : [],
      ],
      [javaScript(`import ${made} from "${module}";\nconst get = (k) => new ${made}({ apiKey: k });`), []],
      [javaScript(`import ${made} from "./${made}.js";\nconst get = () => new ${made}();`), []],
    ]),
  );
});

test("a provider of models reads its key with each request", async () => {
  const get = (imported: string, made: string) =>
    javaScript(`import { ${imported} } from "@ai-sdk/openai";\nconst get = (name) => ${made};`);
  await assertReads([
    [get("openai", 'openai("small")'), ["OPENAI_API_KEY"]],
    [get("openai", "openai.embedding(name)"), ["OPENAI_API_KEY"]],
    [get("createOpenAI", 'createOpenAI({ name: "x" })(name)'), ["OPENAI_API_KEY"]],
    [get("createOpenAI", "createOpenAI({ apiKey: name })"), []],
    [get("createOpenAI", "{\n  const openai = createOpenAI({ apiKey: name });\n  return openai(name);\n}"), []],
  ]);
});

test("a library that signs in in several ways offers them all", async () => {
  const ways = [["FAL_KEY"], ["FAL_KEY_ID", "FAL_KEY_SECRET"]];
  const all = ways.flat();
  const cloudflare = ["CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL"];
  const fal = 'import { fal } from "@fal-ai/client";\n';
  const call = 'const get = (input) => fal.subscribe("acme/model", { input });';
  const offered = [
    python("import fal_client\ndef get(a): return fal_client.subscribe('acme/model', arguments=a)"),
    python(
      "import fal_client\nasync def get(a): return await fal_client.submit_async('acme/model', arguments={'key': a})",
    ),
    python("from fal_client import SyncClient\ndef get(): return SyncClient()"),
    // It only warns.
    python(
      "import fal_client\nif not os.getenv('FAL_KEY'):\n    print('no FAL_KEY')\ndef get(a): return fal_client.run('acme/model', arguments=a)",
    ),
    javaScript(fal + call),
    javaScript(`${fal}if (process.env.FAL_KEY) {\n  fal.config({ credentials: process.env.FAL_KEY });\n}\n${call}`),
  ];
  for (const files of offered) {
    const found = await readDemands(files);
    assert.deepEqual([found.required, found.optional], [[], all], JSON.stringify(files));
    assert.deepEqual(
      found.choices.map(([group]) => group),
      [ways],
    );
  }
  await assertReads([
    [python("from fal_client import SyncClient\ndef get(k): return SyncClient(key=k)"), []],
    [
      python(
        "import fal_client\ndef sign(k):\n    os.environ['FAL_KEY'] = k\ndef get(a): return fal_client.run('x', a)",
      ),
      [],
    ],
    [javaScript(`${fal}const set = (k) => fal.config({ credentials: k });\n${call}`), []],
    [python("from cloudflare import Cloudflare\ndef get(): return Cloudflare()"), cloudflare],
    [python("from cloudflare import Cloudflare\ndef get(t): return Cloudflare(api_token=t)"), []],
    [javaScript('import Cloudflare from "cloudflare";\nconst get = () => new Cloudflare();'), cloudflare],
  ]);
});

test("variables of one library that are needed together", async () => {
  const spotify = "from spotipy.oauth2 import SpotifyOAuth\n";
  const pair = ["SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET"];
  const upstash = ["UPSTASH_REDIS_REST_TOKEN", "UPSTASH_REDIS_REST_URL"];
  await assertReads([
    [python(`${spotify}auth = SpotifyOAuth(scope='x')`), ["SPOTIPY_REDIRECT_URI"], pair],
    [python(`${spotify}def get(u): return SpotifyOAuth(redirect_uri=u)`), pair],
    [python(`${spotify}def get(i, s, u): return SpotifyOAuth(i, s, u)`), []],
    [python(`${spotify}def get(i, s): return SpotifyOAuth(client_id=i, client_secret=s)`), []],
    [python("from upstash_redis import Redis\nredis = Redis.from_env()"), [], upstash],
    [javaScript('import { Redis } from "@upstash/redis";\nconst redis = Redis.fromEnv();'), upstash],
    [
      python("from openai import AzureOpenAI\ndef get(): return AzureOpenAI(api_version='1')"),
      ["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"],
    ],
    [python("from openai import AzureOpenAI\ndef get(k): return AzureOpenAI(api_key=k)"), []],
  ]);
});

test("a library that gets its credentials elsewhere reads none", async () => {
  const dashscope = "import dashscope\ndef get(p): return dashscope.Generation.call(prompt=p)\n";
  const tavily = "from tavily import TavilyClient\ndef get(): return TavilyClient()\n";
  await assertReads([
    [python(dashscope), ["DASHSCOPE_API_KEY"]],
    [python(`${dashscope}def sign(k): dashscope.api_key = k`), []],
    [python(`${tavily}def sign(k):\n    os.environ['TAVILY_API_KEY'] = k`), []],
    // Only where it is given another way.
    [python(`${tavily}def sign(k):\n    if k:\n        os.environ['TAVILY_API_KEY'] = k`), ["TAVILY_API_KEY"]],
    [
      javaScript(
        'import Airtable from "airtable";\nconst set = (k) => Airtable.configure({ apiKey: k });\nconst get = () => new Airtable();',
      ),
      [],
    ],
  ]);
});

test("a server of a service needs the key without which its client cannot be made", async () => {
  const code = "from perplexity import Perplexity\ndef get(): return Perplexity()";
  const env = "- `PERPLEXITY_API_KEY`: the key\n";
  const key = ["PERPLEXITY_API_KEY"];
  await assertReads([[python(code), [], key]], { "README.md": `# Thing for Perplexity\n\n${env}` });
  await assertReads([[python(code), key]], { "README.md": `# Thing for databases\n\n${env}` });
});
