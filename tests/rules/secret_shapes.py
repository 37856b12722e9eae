"""The labelled list for redaction: real shapes of secrets, drawn at run time, and harmless look-alikes.

No literal here may itself be a key: a secret is written as a recipe (`ghp_<alnum:36>`) and its random part is
drawn from its name and a draw number, so that the list is the same everywhere and alarms no scanner.
"""

from __future__ import annotations

import random
import re
import string
import uuid
from dataclasses import dataclass

ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "abc": string.ascii_lowercase,
    "ABC": string.ascii_uppercase,
    "low": string.ascii_lowercase + string.digits,
    "up": string.ascii_uppercase + string.digits,
    "dig": string.digits,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "b32": string.ascii_uppercase + "234567",
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "b64": string.ascii_letters + string.digits + "+/",
    "url": string.ascii_letters + string.digits + "-_",
}
WORDS = (
    "copper",
    "lantern",
    "orbit",
    "velvet",
    "thistle",
    "harbour",
    "walnut",
    "glacier",
    "meadow",
    "saffron",
    "tunnel",
)
RECIPE_PART = re.compile(r"<(\w+)(?::(\w[\w ]*))?>")


@dataclass(frozen=True)
class Shape:
    """One kind of secret in the line where it would be met; `{}` stands where the secret does."""

    name: str
    line: str
    recipe: str

    def draw(self, number: int = 0) -> Drawn:
        """The same secret for the same name and number, on every machine."""
        chance = random.Random(f"{self.name}/{number}")
        parts: list[str] = []

        def part(match: re.Match[str]) -> str:
            text = _drawn_part(match[1], match[2] or "1", chance)
            parts.extend(line for line in text.replace("\\n", "\n").split("\n") if not line.startswith("--"))
            return text

        secret = RECIPE_PART.sub(part, self.recipe)
        before, _, after = self.line.partition("{}")
        return Drawn(self.name, before, secret, after, tuple(parts))


@dataclass(frozen=True)
class Drawn:
    """A shape with its random parts filled in."""

    name: str
    before: str
    secret: str
    after: str
    random_parts: tuple[str, ...]

    @property
    def line(self) -> str:
        return self.before + self.secret + self.after

    def survives_in(self, text: str) -> bool:
        """True when eight characters in a row of a random part (or a whole shorter one) can still be read."""
        outside = self.before + self.after
        return any(
            window in text and window not in outside
            for part in self.random_parts
            for window in _windows(part, 8)
            if len(window) >= 4
        )


def _windows(part: str, width: int) -> list[str]:
    return [part[start : start + width] for start in range(max(1, len(part) - width + 1))]


def _drawn_part(alphabet: str, size: str, chance: random.Random) -> str:
    if alphabet == "word":
        return chance.choice(WORDS)
    if alphabet == "uuid":
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    if alphabet == "pem":
        return _armoured(size, chance, newline="\n")
    if alphabet == "flatpem":
        return _armoured(size, chance, newline="\\n")
    if alphabet == "cutpem":
        return "\n".join(_armoured(size, chance, newline="\n").split("\n")[:-3])
    return "".join(chance.choices(ALPHABETS[alphabet], k=int(size)))


def _armoured(label: str, chance: random.Random, *, newline: str) -> str:
    body = ["".join(chance.choices(ALPHABETS["b64"], k=64)) for _ in range(8)]
    body.append("".join(chance.choices(ALPHABETS["b64"], k=22)) + "==")
    dashes = "-" * 5
    return newline.join([f"{dashes}BEGIN {label}{dashes}", *body, f"{dashes}END {label}{dashes}"])


SHAPES = tuple(
    Shape(name, line, recipe)
    for name, line, recipe in (
        # Clouds
        ("aws access key id", "aws_access_key_id = {}", "AKIA<b32:16>"),
        ("aws temporary key id", "botocore: InvalidClientTokenId for {} in eu-west-1", "ASIA<b32:16>"),
        ("aws secret access key", "aws_secret_access_key = {}", "<b64:40>"),
        ("aws secret in an environment", "export AWS_SECRET_ACCESS_KEY={} && terraform plan", "<b64:40>"),
        ("aws secret in json", '{"AccessKey": {"SecretAccessKey": "{}", "Status": "Active"}}', "<b64:40>"),
        ("aws session token", "AWS_SESSION_TOKEN={}", "FwoGZXIvYXdzE<b64:240>"),
        ("aws presigned url", "https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature={}", "<hex:64>"),
        ("aws set by command", "aws configure set aws_secret_access_key {} --profile ci", "<b64:40>"),
        ("google api key", "https://maps.googleapis.com/maps/api/js?key={}&v=3", "AIza<url:35>"),
        ("google oauth client secret", '"client_secret":"{}","redirect_uris":[]', "GOCSPX-<url:28>"),
        ("google access token", "curl -H 'Authorization: Bearer {}' https://www.googleapis.com/drive/v3/files", "ya29.<url:120>"),
        ("google refresh token", "refresh_token: {}", "1//0g<url:95>"),
        ("gcp service account key", '{"type": "service_account", "private_key": "{}\\n"}', "<flatpem:PRIVATE KEY>"),
        ("azure storage account key", "AccountName=shopfiles;AccountKey={};EndpointSuffix=core.windows.net", "<b64:86>=="),
        ("azure sas signature", "https://a.blob.core.windows.net/c/f.csv?sv=2022-11-02&se=2026-01-01&sr=b&sig={}", "<alnum:43>%3D"),
        ("azure client secret", 'az login --service-principal -u app -p "{}" --tenant contoso', "<alnum:3>8Q~<url:34>"),
        ("azure service bus", "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}", "<b64:43>="),
        ("azure devops pat", "AZURE_DEVOPS_EXT_PAT={}", "<low:52>"),
        ("digitalocean token", "doctl auth init -t {}", "dop_v1_<hex:64>"),
        ("digitalocean oauth", "refresh with {} failed: 401", "dor_v1_<hex:64>"),
        ("heroku api key", "export HEROKU_API_KEY={}", "<uuid>"),
        ("heroku new token", "HEROKU_TOKEN: {}", "HRKU-AA<url:58>"),
        ("cloudflare api token", 'CLOUDFLARE_API_TOKEN="{}" wrangler deploy', "<url:40>"),
        ("cloudflare origin ca key", "X-Auth-User-Service-Key: {}", "v1.0-<hex:24>-<hex:146>"),
        ("alibaba access key id", "accessKeyId: {}", "LTAI<alnum:20>"),
        ("fly token", "FLY_API_TOKEN='FlyV1 {}'", "fm2_<b64:120>"),
        ("vercel token", "vercel --token {} --prod", "<alnum:24>"),
        ("netlify token", "NETLIFY_AUTH_TOKEN={}", "nfp_<alnum:36>"),
        ("ibm cloud key", "ibmcloud login --apikey {} -r us-south", "<url:44>"),
        ("scaleway secret", "SCW_SECRET_KEY={}", "<uuid>"),
        # Code hosting and packages
        ("github personal token", "git clone https://{}@github.com/acme/shop.git", "ghp_<alnum:36>"),
        ("github oauth token", "remote: Invalid credentials for {}.", "gho_<alnum:36>"),
        ("github user to server", "using {} to open the pull request", "ghu_<alnum:36>"),
        ("github actions token", "AUTHORIZATION: basic, token {}", "ghs_<alnum:36>"),
        ("github refresh token", "refresh={}", "ghr_<alnum:76>"),
        ("github fine-grained", "GH_TOKEN={} gh pr create --fill", "github_pat_<alnum:22>_<alnum:59>"),
        ("gitlab personal token", 'curl --header "PRIVATE-TOKEN: {}" https://gitlab.com/api/v4/projects', "glpat-<url:20>"),
        ("gitlab routable token", "glab auth login --token {}", "glpat-<url:27>.<dig:2>.<low:9>"),
        ("gitlab runner", "gitlab-runner register --registration-token {}", "glrt-<url:20>"),
        ("gitlab deploy token", "docker login registry.gitlab.com -u ci -p {}", "gldt-<url:20>"),
        ("bitbucket app password", "git remote add o https://dev:{}@bitbucket.org/acme/shop.git", "ATBB<alnum:32>"),
        ("npm token", "//registry.npmjs.org/:_authToken={}", "npm_<alnum:36>"),
        ("npm legacy token", "//registry.npmjs.org/:_authToken={}", "<uuid>"),
        ("pypi token", "TWINE_PASSWORD={} twine upload dist/*", "pypi-AgEIcHlwaS5vcmc<url:150>"),
        ("rubygems key", "gem push failed with key {}", "rubygems_<hex:48>"),
        ("docker hub pat", "echo {} | docker login --username acme --password-stdin", "dckr_pat_<url:27>"),
        ("docker config auth", '{"auths": {"https://index.docker.io/v1/": {"auth": "{}"}}}', "<b64:38>=="),
        ("crates token", 'token = "{}"', "cio<alnum:32>"),
        ("nuget key", "dotnet nuget push a.nupkg --api-key {} -s nuget.org", "oy2<low:43>"),
        ("artifactory token", "curl -H 'X-JFrog-Art-Api: {}' https://acme.jfrog.io/api", "AKC<alnum:70>"),
        # Models
        ("anthropic key", "ANTHROPIC_API_KEY={}", "sk-ant-api03-<url:93>AA"),
        ("openai legacy key", "openai.error.AuthenticationError: Incorrect API key provided: {}.", "sk-<alnum:20>T3BlbkFJ<alnum:20>"),
        ("openai project key", "client = OpenAI(api_key='{}')", "sk-proj-<url:74>T3BlbkFJ<url:74>"),
        ("openai service account", "OPENAI_KEY={}", "sk-svcacct-<url:74>T3BlbkFJ<url:74>"),
        ("openrouter key", "tried {} and got 402", "sk-or-v1-<hex:64>"),
        ("hugging face token", "huggingface-cli login --token {}", "hf_<alnum:34>"),
        ("replicate token", "REPLICATE_API_TOKEN={}", "r8_<alnum:37>"),
        ("groq key", "groq says 401 for {}", "gsk_<alnum:52>"),
        ("perplexity key", "the header held {}", "pplx-<alnum:48>"),
        ("xai key", "curl https://api.x.ai/v1/models with {}", "xai-<alnum:80>"),
        ("langsmith key", "LANGCHAIN_API_KEY={}", "lsv2_pt_<hex:32>_<hex:10>"),
        ("cohere key", 'co = cohere.Client("{}")  # COHERE_API_KEY', "<alnum:40>"),
        ("databricks token", "databricks configure --host https://x.cloud.databricks.com with {}", "dapi<hex:32>"),
        ("wandb key", "WANDB_API_KEY={} python train.py", "<hex:40>"),
        # Talk and mail
        ("slack bot token", "SLACK_BOT_TOKEN={}", "xoxb-<dig:12>-<dig:13>-<alnum:24>"),
        ("slack user token", 'WebClient(token="{}")', "xoxp-<dig:12>-<dig:12>-<dig:13>-<hex:32>"),
        ("slack app token", "socket mode refused {}", "xapp-1-A<up:10>-<dig:13>-<hex:64>"),
        ("slack config token", "rotated to {}", "xoxe.xoxp-1-<alnum:140>"),
        ("slack webhook", "curl -X POST https://hooks.slack.com/services/{} -d '{\"text\":\"ok\"}'", "T<up:10>/B<up:10>/<alnum:24>"),
        ("discord bot token", "client.run('{}')", "MT<alnum:24>.<alnum:6>.<url:38>"),
        ("discord webhook", "POST https://discord.com/api/webhooks/112233445566778899/{}", "<url:68>"),
        ("telegram bot token", "https://api.telegram.org/bot{}/sendMessage", "<dig:10>:AA<url:33>"),
        ("telegram token alone", "bot started with {}", "<dig:10>:AA<url:33>"),
        ("teams webhook", "https://acme.webhook.office.com/webhookb2/{}", "<uuid>@<uuid>/IncomingWebhook/<hex:32>/<uuid>"),
        ("twilio api key", "TWILIO_API_KEY={}", "SK<hex:32>"),
        ("twilio auth token", "twilio_auth_token: {}", "<hex:32>"),
        ("sendgrid key", "Using SendGrid key {} for mail", "SG.<url:22>.<url:43>"),
        ("mailgun key", "curl -s --user 'api:{}' https://api.mailgun.net/v3/acme/messages", "key-<hex:32>"),
        ("mailchimp key", "mailchimp rejected {}", "<hex:32>-us<dig:2>"),
        ("postmark token", "X-Postmark-Server-Token: {}", "<uuid>"),
        ("brevo key", "api-key: {}", "xkeysib-<hex:64>-<alnum:16>"),
        ("resend key", "RESEND_API_KEY={}", "re_<alnum:8>_<alnum:24>"),
        # Money and shops
        ("stripe live key", "stripe.api_key = '{}'", "sk_live_<alnum:24>"),
        ("stripe restricted key", "No such customer; key {}", "rk_live_<alnum:99>"),
        ("stripe test key", "STRIPE_KEY={} pytest tests/pay", "sk_test_<alnum:24>"),
        ("stripe webhook secret", "stripe listen printed {}", "whsec_<alnum:32>"),
        ("square access token", "Square answered 401 to {}", "EAAA<url:60>"),
        ("square oauth secret", "square: {}", "sq0csp-<url:43>"),
        ("shopify access token", "X-Shopify-Access-Token: {}", "shpat_<hex:32>"),
        ("shopify shared secret", "app secret {} was rotated", "shpss_<hex:32>"),
        ("paypal token", "access_token$production$<x> became {}", "access_token$production$<low:16>$<hex:32>"),
        ("braintree key", "braintree private_key: {}", "<hex:32>"),
        # Tools
        ("linear key", "linear: Authorization failed for {}", "lin_api_<alnum:40>"),
        ("notion new token", "NOTION_TOKEN={}", "ntn_<dig:11><alnum:35>"),
        ("notion old token", "new Client({ auth: '{}' })", "secret_<alnum:43>"),
        ("atlassian token", "curl -u dev@acme.test:{} https://acme.atlassian.net/rest/api/3/myself", "ATATT3xFfGF0<url:160>=<HEX:8>"),
        ("figma token", "X-Figma-Token: {}", "figd_<url:40>"),
        ("airtable token", "airtable {}", "pat<alnum:14>.<hex:64>"),
        ("supabase token", "supabase login --token {}", "sbp_<hex:40>"),
        ("planetscale password", "the branch password {} works", "pscale_pw_<url:43>"),
        ("planetscale token", "pscale --service-token {}", "pscale_tkn_<url:43>"),
        ("doppler token", "doppler secrets --token {}", "dp.pt.<alnum:43>"),
        ("grafana service account", "Grafana 403: {}", "glsa_<alnum:32>_<hex:8>"),
        ("grafana cloud", "GRAFANA_CLOUD={}", "glc_<b64:60>="),
        ("new relic key", "NEW_RELIC_API_KEY={}", "NRAK-<up:27>"),
        ("new relic licence", "license_key: {}", "<hex:36>NRAL"),
        ("datadog api key", "DD_API_KEY={} datadog-agent start", "<hex:32>"),
        ("datadog app key", "DD-APPLICATION-KEY: {}", "<hex:40>"),
        ("sentry dsn", "SENTRY_DSN=https://{}@o42.ingest.sentry.io/4501", "<hex:32>"),
        ("sentry org token", "sentry-cli --auth-token {} releases list", "sntrys_eyJ<b64:120>_<b64:43>"),
        ("sentry user token", "got {} from the sentry page", "sntryu_<hex:64>"),
        ("vault token", "vault login {}", "hvs.<url:90>"),
        ("vault batch token", "x-vault {}", "hvb.<url:140>"),
        ("vault old token", "X-Vault-Token: {}", "s.<alnum:24>"),
        ("terraform cloud token", 'credentials "app.terraform.io" { token = "{}" }', "<alnum:14>.atlasv1.<url:67>"),
        ("pulumi token", "pulumi login with {}", "pul-<hex:40>"),
        ("circleci token", "Circle-Token: {}", "<hex:40>"),
        ("buildkite token", "buildkite agent {}", "bkua_<hex:40>"),
        ("snyk token", "SNYK_TOKEN={} snyk test", "<uuid>"),
        ("sonar token", "mvn sonar:sonar -Dsonar.login={}", "squ_<hex:40>"),
        ("postman key", "postman {} expired", "PMAK-<hex:24>-<hex:34>"),
        ("dynatrace token", "Api-Token {}", "dt0c01.<b32:24>.<b32:64>"),
        ("okta token", "Authorization: SSWS {}", "00<url:40>"),
        ("age secret key", "sops wants {}", "AGE-SECRET-KEY-1<bech:58>"),
        ("algolia admin key", "ALGOLIA_ADMIN_API_KEY={}", "<hex:32>"),
        ("onepassword service token", "OP_SERVICE_ACCOUNT_TOKEN={}", "ops_eyJ<b64:250>"),
        ("posthog personal key", "posthog {}", "phx_<alnum:43>"),
        ("facebook token", "graph.facebook.com said {} has expired", "EAACEdEose0cBA<alnum:120>"),
        ("twitter bearer", "bearer {}", "AAAAAAAAAAAAAAAAAAAAA<alnum:80>"),
        # Keys and tokens by form
        ("rsa key block", "cat id_rsa\n{}\nand it logged in", "<pem:RSA PRIVATE KEY>"),
        ("openssh key block", "the deploy key:\n{}\n", "<pem:OPENSSH PRIVATE KEY>"),
        ("ec key block", "key.pem is\n{}", "<pem:EC PRIVATE KEY>"),
        ("encrypted key block", "{}", "<pem:ENCRYPTED PRIVATE KEY>"),
        ("pgp key block", "gpg --export-secret-keys gave\n{}\nend", "<pem:PGP PRIVATE KEY BLOCK>"),
        ("truncated key block", "log cut:\n{}", "<cutpem:RSA PRIVATE KEY>"),
        ("jwt", "the cookie held {} and 401 came back", "eyJ<url:33>.eyJ<url:90>.<url:43>"),
        ("jwt bearer", "Authorization: Bearer {}", "eyJ<url:33>.eyJ<url:90>.<url:342>"),
        ("bearer in curl", 'curl -H "Authorization: Bearer {}" https://api.acme.test/orders', "<hex:40>"),
        ("basic header", "Authorization: Basic {}", "<b64:30>=="),
        ("token header", "-H 'Authorization: Token {}'", "<hex:40>"),
        ("x-api-key header", "-H 'X-API-Key: {}'", "<alnum:32>"),
        ("set-cookie session", "Set-Cookie: session={}; HttpOnly; Path=/", "<url:48>"),
        ("cookie header", "Cookie: theme=dark; sessionid={}; lang=en", "<low:32>"),
        ("php session", "curl --cookie 'PHPSESSID={}' http://shop.test/", "<low:26>"),
        ("bcrypt hash", "admin:{}", "$2y$10$<alnum:53>"),
        ("shadow hash", "root:{}:19000:0:99999:7:::", "$6$<alnum:12>$<alnum:86>"),
        # Addresses and commands
        ("postgres url", "DATABASE_URL=postgresql://shop:{}@db.internal:5432/shop", "<alnum:14>"),
        ("postgres url short password", "psql postgres://app:{}@localhost/app", "<abc:7>"),
        ("mysql url", "mysql://root:{}@127.0.0.1:3306/test failed: access denied", "<word><dig:2>!"),
        ("mongodb url", 'MongoClient("mongodb+srv://admin:{}@cluster0.ab12c.mongodb.net/shop")', "<alnum:16>"),
        ("redis url without user", "redis://:{}@cache:6379/0", "<alnum:20>"),
        ("amqp url", "amqp://guest:{}@rabbit:5672/%2f", "<abc:6><dig:3>"),
        ("https url", "pip install --index-url https://ci:{}@pypi.acme.test/simple shop", "<url:22>"),
        ("curl user", "curl -u admin:{} https://jenkins.acme.test/job/x/build", "<word><dig:4>"),
        ("curl user long option", 'curl --user "deploy:{}" -T a.tgz https://files.acme.test', "<alnum:12>"),
        ("mysql short option", "mysql -u root -p{} shop < dump.sql", "<alnum:12>"),
        ("password option", "createuser --password={} helena", "<word><dig:3>"),
        ("password option with a space", "mongosh --username app --password {} shop", "<alnum:10>#"),
        ("sshpass", "sshpass -p '{}' ssh root@10.0.0.4", "<ABC:1><abc:5><dig:3>!"),
        ("pgpassword", "PGPASSWORD={} psql -h db -U app", "<word><dig:3>"),
        ("mysql environment", "docker run -e MYSQL_ROOT_PASSWORD={} mysql:8", "<alnum:12>"),
        ("ado connection string", "Server=db;Database=shop;User Id=sa;Password={};Encrypt=true", "<ABC:1><abc:6>@<dig:4>"),
        ("jdbc url", "jdbc:postgresql://db/shop?user=app&password={}&ssl=true", "<alnum:12>"),
        ("libpq words", "host=db dbname=shop user=app password={} sslmode=require", "<abc:6><dig:4>"),
        ("netrc", "machine api.acme.test login dev password {}", "<alnum:18>"),
        ("redis requirepass", "requirepass {}", "<alnum:24>"),
        ("redis-cli", "redis-cli -h cache -a {} ping", "<alnum:18>"),
        ("kubectl literal", "kubectl create secret generic db --from-literal=password={}", "<alnum:14>"),
        ("htpasswd command", "htpasswd -b .htpasswd helena {}", "<word><dig:4>"),
        ("openssl pass", "openssl enc -aes-256-cbc -pass pass:{} -in a", "<word><dig:5>"),
        # Names beside values
        ("quoted password", 'password = "{}"', "<abc:6><dig:1><abc:3>"),
        ("letters-only password", 'db_password = "{}"', "<abc:9>"),
        ("passphrase of words", "passphrase: {}", "<word>-<word>-<word>-<word>"),
        ("yaml password", "  password: {}", "<ABC:1><abc:4><dig:4>!"),
        ("json password", '{"user": "helena", "password": "{}"}', "<alnum:12>"),
        ("camel case password", '"dbPassword": "{}",', "<alnum:16>"),
        ("env secret", "DJANGO_SECRET_KEY='{}'", "<alnum:50>"),
        ("rails secret", "secret_key_base: {}", "<hex:128>"),
        ("env token", "export DEPLOY_TOKEN={}", "<alnum:32>"),
        ("api key in js", "const apiKey = '{}';", "<alnum:32>"),
        ("client secret", "client_secret={}&grant_type=client_credentials", "<url:40>"),
        ("xml password", "<password>{}</password>", "<alnum:12>"),
        ("properties", "spring.datasource.password={}", "<alnum:12>"),
        ("ruby arrow", ":password => '{}'", "<alnum:10>"),
        ("python dict", "{'api_key': '{}'}", "<hex:32>"),
        ("python environ", 'os.environ["API_TOKEN"] = "{}"', "<alnum:28>"),
        ("go assignment", 'apiSecret := "{}"', "<alnum:40>"),
        ("query api key", "GET /v1/orders?api_key={}&page=2 403", "<hex:32>"),
        ("query access token", "https://graph.acme.test/me?access_token={}", "<alnum:60>"),
        ("encryption key", "ENCRYPTION_KEY={}", "<b64:43>="),
        ("signing key", 'signing_key: "{}"', "<hex:64>"),
        ("jwt secret", "JWT_SECRET={}", "<alnum:24>"),
        ("said in prose", "The admin password is {} on staging.", "<ABC:1><abc:5><dig:2>&<dig:1>"),
        ("told in prose", "set the password to {} and it worked", "<abc:6><dig:4>"),
        ("api key in prose", "my API key is {}, do not share", "<alnum:32>"),
        ("escaped json", '"{\\"password\\": \\"{}\\"}"', "<alnum:14>"),
        ("docker env line", "ENV API_TOKEN {}", "<alnum:30>"),
        ("seed phrase", "mnemonic: {}", "<word> <word> <word> <word> <word> <word> <word> <word> <word> <word> <word> <word>"),
        ("wifi", "nmcli dev wifi connect Office password {}", "<word><dig:4>!"),
        ("totp uri", "otpauth://totp/Acme:helena?secret={}&issuer=Acme", "<b32:32>"),
        ("private key hex", "PRIVATE_KEY={}", "0x<hex:64>"),
        ("credentials pair", "credentials: helena / {}", "<abc:6><dig:3>!"),
        ("basic pair in url", "git push https://oauth2:{}@gitlab.acme.test/x.git", "<alnum:26>"),
        ("login failure", "FATAL: password authentication failed (tried password='{}')", "<abc:5><dig:4>"),
        ("connection keywords", "psycopg2.connect(host='db', user='app', password='{}')", "<alnum:11>"),
        ("powershell", "$env:API_KEY = '{}'", "<alnum:40>"),
        ("toml", 'auth_token = "{}"', "<url:36>"),
    )
)  # fmt: skip


HARMLESS = tuple(
    """\
commit 9fceb02d0ae598e95dc970b74767f19372d61af8
git checkout 3f7a9c1 -- src/app.py
Merge 4b825dc642cb6eb9a060e54bf8d69288fbee4904 into main
git revert 1f0c6f2e5a8d4b7c9e3f2a1b0c9d8e7f6a5b4c3d
request 123e4567-e89b-12d3-a456-426614174000 took 40 ms
session_id: 7c9e6679-7425-40de-944b-e07fc1f90ae7
"id": "550e8400-e29b-41d4-a716-446655440000"
sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
FROM python@sha256:2bac43769ace90ebd3ad83e5392295e25dfc58e58543d3ab326c3330b505283d
"integrity": "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="
resolved "https://registry.yarnpkg.com/lodash/-/lodash-4.17.21.tgz#679591c564c3bffaae8454cf0b3df370c3d6911c"
    --hash=sha256:5d4e9bcf6e0b6d6b3a0c8a1f8a1c8f4c1b6f7d5e4c3b2a190817263544536271
github.com/stretchr/testify v1.8.4 h1:CcVxjf3Q8PM0mHUKJCdn+eZZtm5yQwehR5yeSVQQcUk=
etag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
md5: d41d8cd98f00b204e9800998ecf8427e
checksum = "a26ae43d7bcc3b814de94796a5e736d4029efb0ee900c12e2d54c993ad1a1e07"
background: url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)
<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">
color: #ff5733; background: #1a2b3c4d;
password: str
password: string;
password: Optional[str] = None
password: SecretStr
def login(user: str, password: str) -> Session:
function login(username, password) {
token = get_token()
token = self.client.fetch_token(scope="read")
token: str = field(repr=False)
api_key = os.environ["API_KEY"]
api_key = os.getenv("OPENAI_API_KEY")
const apiKey = process.env.API_KEY;
apiKey: process.env.STRIPE_SECRET_KEY ?? ''
password: ${DB_PASSWORD}
password: "${DB_PASSWORD:-}"
DB_PASSWORD=$(cat /run/secrets/db_password)
api_key: <your-api-key>
api_key: YOUR_API_KEY
OPENAI_API_KEY=sk-...
OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxx
ANTHROPIC_API_KEY=your-key-here
STRIPE_SECRET_KEY=sk_test_...
GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxx
password=xxxx
password: ********
PASSWORD=changeme
password: <password>
password = "***"
secret: "[hidden]"
token: {{ .Values.api.token }}
password: "{{ vault_db_password }}"
password: !vault |
token: ${{ secrets.GITHUB_TOKEN }}
the JWT expires after 24 hours
token expired after 3600 seconds, refresh it before the call
The refresh token is rotated on every use.
Token limit reached: 128000 tokens
max_tokens: 4096
max_tokens=8192, temperature=0.2
tokens_used: 15234
token_count = 12345678
tokenizer: bert-base-uncased
tokenizer = AutoTokenizer.from_pretrained("sentence-transformers/all-MiniLM-L6-v2")
curl --token "$TOKEN" https://api.acme.test
vercel --token $VERCEL_TOKEN --prod
curl -H "Authorization: Bearer $TOKEN" https://api.acme.test
curl -H "Authorization: Bearer ${ACCESS_TOKEN}" -d @body.json
curl -H 'Authorization: Bearer <token>' https://api.acme.test
Authorization: Bearer YOUR_TOKEN
curl -u "$USER:$PASS" https://api.acme.test
curl -u username:password https://api.acme.test
curl -u admin https://api.acme.test
Use the Authorization header with a bearer token.
Bearer authentication is required for this route
Basic authentication was disabled in March
the Bearer scheme of RFC 6750
<div class="sk-fading-circle"><div class="sk-circle10 sk-circle"></div></div>
.sk-cube-grid .sk-cube1 { animation-delay: 0.2s; }
.sk-folding-cube-container-with-long-name { width: 40px }
version = "1.24.0-beta.3+build.20240611"
numpy==1.26.4
secret_key_base is read from the environment
config.secret_key_base = Rails.application.credentials.secret_key_base
set your password to something secure
Choose a password of at least 12 characters
The password is hashed with argon2id before it is stored.
password is sha256-hashed on the client
The session token is base64url-encoded
the token is opaque to the client
Password must contain at least 1 digit and 1 symbol
Forgot your password? Reset it here.
Invalid password for user helena
error: password authentication failed for user "shop"
fatal: could not read Password for 'https://github.com': terminal prompts disabled
if password != confirm_password:
if (password === passwordConfirmation) {
password_min_length = 12
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
password_field = page.get_by_label("Password")
await page.fill("#password", user.password)
<input type="password" name="password" id="login-password">
<label for="password">Password</label>
passwordInput: "#login-form-password"
"password": "Passwort",
"password_label": "Your password",
"errors.password.short": "Password is too short",
secretKeyRef:
  secretName: shop-tls-cert-2024
    name: db-credentials-7f9c8d
secretRef: { name: api-secrets-v2 }
imagePullSecrets: [{ name: regcred }]
kubectl get secret db-credentials -o yaml
kubectl create secret generic db-credentials --from-env-file=.env
pod/shop-api-7d9c6b5f4-x2x9z restarted 3 times
deployment.apps/shop-worker-6c8b9d7f5d scaled to 4
docker pull ghcr.io/acme/shop@sha256:9b2a1f6e4d3c8b7a6f5e4d3c2b1a09f8e7d6c5b4a3928170f6e5d4c3b2a19081
secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf
password_file: /run/secrets/db_password
POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password
private_key_path = "~/.ssh/id_ed25519"
ssh -i ~/.ssh/deploy_ed25519 deploy@10.0.0.4
token_url: https://auth.acme.test/oauth2/token
token_endpoint = "https://login.acme.test/oauth2/v2.0/token"
token_type: bearer
"grant_type": "refresh_token"
grant_type=authorization_code&code_challenge_method=S256
https://github.com/acme/shop/pull/1234#discussion_r1552093412
https://docs.acme.test/api/authentication#api-keys
postgresql://localhost:5432/shop
postgresql://shop@db.internal/shop
postgresql://user:password@localhost/db
postgres://$PGUSER:$PGPASSWORD@$PGHOST/shop
postgresql://${USER}:${PASS}@db/shop
mongodb://<username>:<password>@cluster0.example.net
redis://cache:6379/0
http://localhost:8080/@vite/client
http://127.0.0.1:3000/user/@helena
git@github.com:acme/shop.git
ssh://git@gitlab.acme.test:2222/acme/shop.git
npm install @types/node@20.11.5 eslint@8.57.0
https://unpkg.com/react@18.2.0/umd/react.production.min.js
https://cdn.acme.test:443/npm/vue@3.4.21/dist/vue.global.js
mailto:helena@acme.test?subject=key
time 12:30:45 helena@acme.test wrote
!function(e,t){"object"==typeof exports&&"undefined"!=typeof module?t(exports):t((e=e||self).React={})}(this,function(e){
var n=t(123),r=e.createElement;a.exports=function(e){return l8f3kq2z9x(e,7)}
chunk-vendors.8f3e2a1b.js 245 kB
main.5c1f9e7d.chunk.css
webpackJsonp([12],{"3hCb":function(t,e,n){
nonce: "r4nd0m-n0nc3-4bc123"
script-src 'nonce-2726c7f26c' 'strict-dynamic'
The example nonce 4572616e48616d6d65724c61686176 is from the RFC
test_login_rejects_a_wrong_password_after_3_attempts PASSED
tests/test_auth.py::test_token_expires_after_24_hours FAILED
def test_api_key_is_required():
class PasswordResetTokenGenerator:
from django.contrib.auth.tokens import default_token_generator
def generate_secret_key(length: int = 50) -> str:
public_key = load_pem_public_key(data)
publicKey: "pk-example"
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl helena@laptop
known_hosts: github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl
ssh-keygen -lf id.pub prints SHA256:uNiVztksCsDhcc0u9e8BrqX0eB2gB2T5p4KrQXJyUeY
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
the file must start with -----BEGIN PRIVATE KEY----- and nothing before it
primary_key=True
foreign_key: orders.customer_id
key: "checkout-button-7f3a"
cache_key = f"user:{user_id}:orders:v3"
cache-key: node-modules-linux-9a8b7c6d5e4f3a2b1c0d
key: ${{ runner.os }}-pip-${{ hashFiles('requirements.txt') }}
sort_key = "created_at#2024-06-11"
partition_key="tenant#42"
idempotency_key: order-1042-attempt-3
next_page_token: CAUQAA
nextPageToken = response.get("nextPageToken")
cancellationToken: CancellationToken.None
csrf_token = "{% csrf_token %}"
<input type="hidden" name="csrfmiddlewaretoken">
secret = secrets.token_hex(32)
secret = hashlib.sha256(b"seed").hexdigest()
token = jwt.encode(payload, key, algorithm="HS256")
token = request.headers["X-Auth-Token"]
token = match.group("token")
password = getpass.getpass("Password: ")
password = input("password: ")
password = fake.password(length=12)
password = user_password
password = config.database.password
PASSWORD = settings.DB_PASSWORD
password=None
password: null
token: undefined,
secret: true
password: false
api_key = ""
token=''
ssl_password: None
"password": {"type": "string", "minLength": 8}
"token": {"$ref": "#/components/schemas/Token"}
token: z.string().min(32)
password: yup.string().required()
password VARCHAR(255) NOT NULL
password_hash BYTEA NOT NULL
token TEXT PRIMARY KEY DEFAULT gen_random_uuid()
ALTER TABLE users ADD COLUMN password_reset_token_expires_at TIMESTAMPTZ;
SELECT password FROM users WHERE id = 42
sudo passwd helena
passwd: password updated successfully
PWD=/home/helena/projects/shop
OLDPWD=/var/lib/app2
pwd: /srv/app/releases/20240611
cd $(pwd)/build && make -j4
compass: north-by-northwest-45
bypass_cache=true
tests passed: 142 of 142, 3 skipped
passed=142 failed=0
pass: 12, fail: 0
pass_rate: 0.9821
mypass.example.test resolves to 10.0.0.7
python -p no:cacheprovider
mkdir -p build/output
cp -p a.txt b.txt && scp -P 2222 x y
docker run -p 8080:80 nginx:1.25
ssh -p 2222 deploy@10.0.0.4
pytest -p xdist -n4 tests/rules
mysql -u root -p shop < dump.sql
psql -U app -d shop -c "SELECT 1"
az login --service-principal
doctl auth init
docker login --username acme --password-stdin
npm token create --read-only
gh auth token
aws sts get-session-token --duration-seconds 3600
vault token lookup
vault kv get -field=password secret/shop/db
vault write auth/approle/login role_id=x
op read op://vault/item/password
aws secretsmanager get-secret-value --secret-id shop/prod/db
--api-key-file=/etc/keys/openai.txt
--password-file ./secrets/pw.txt
the AKIA prefix marks an access key id of AWS
GitHub tokens begin with ghp_, gho_ or github_pat_
keys start with sk-ant- and are 108 characters long
xoxb- tokens belong to bots, xoxp- tokens to users
https://hooks.slack.com/services/...
a JWT is header.payload.signature, and the header starts with eyJ
eyJ is what base64 makes of an opening brace
The API key was rotated yesterday at 14:30.
an API key is needed for this route
The secret is to wait for the network to be idle
The secret to fast tests is fewer sleeps
token: the smallest unit the parser sees
Session 20240611-1530 restored from checkpoint
cookie: theme=dark; lang=en-GB; consent=2024-01-15
Set-Cookie: theme=dark; Path=/; Max-Age=31536000
document.cookie = "seen_banner=1"
session = requests.Session()
session=Session(engine, expire_on_commit=False)
with Session(engine) as session: session.add(order)
X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736
traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7
container 8f14e45fceea167a5a36dedd4bea2543b1c2d3e4f5a6978812345678deadbeef exited with 137
AWS account 123456789012, role arn:aws:iam::123456789012:role/deploy
s3://acme-artifacts/builds/2024/06/11/shop-1.24.0.tar.gz
/usr/lib/python3.11/site-packages/jwt/api_jwt.py:210: in decode
/nix/store/9krlzvny65gdc8s7kpb6lkx8cd02c25b-coreutils-9.4/bin/ls
~/.cache/huggingface/hub/models--bert-base-uncased/snapshots/86b5e0934494bd15c9632b12f714a8a67f723594
node_modules/.pnpm/vite@5.2.8_@types+node@20.12.5/node_modules/vite
pkg:npm/%40angular/core@17.3.1
0x7ffd5e8c1a40 in malloc at libc.so.6
Ethereum address 0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae
The address bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq received it
MAC 00:1b:63:84:45:e6, serial C02XG2JHJG5H
IBAN DE89370400440532013000
order ORD-2024-000123-AB shipped with 1Z999AA10123456784
const HASH_KEYS = new Set(['a1b2c3', 'd4e5f6'])
aria-labelledby="radix-:r1a:-trigger-password"
data-testid="password-strength-meter-v2"
css-1q8dd3e-MuiButtonBase-root-password
.Toastify__toast--secret-theme9 { color: red }
auth: { type: 'oauth2', flow: 'pkce' }
auth_provider: github-oauth2-v2
author: Helena Weiß <helena@acme.test>
credentials: include
credentials: 'same-origin',
credentialsId: 'nexus-deployer-2'
withCredentials([string(credentialsId: 'sonar-1', variable: 'SONAR_TOKEN')]) {
secrets: inherit
secret rotation happens every 90 days
Keep secrets out of logs: pass them by file.
env_file: .env.production
- API_KEY
os.environ.setdefault("API_KEY", "")
assert "password" not in log_output
expect(screen.getByLabelText('Password')).toHaveValue('')
raise ValueError("password too short: 7 < 12")
logger.info("token refreshed in %s ms", elapsed)
print(f"token={token[:4]}...")
token = "${token}"
f"postgresql://{user}:{password}@{host}/{name}"
url = "https://%s:%s@api.acme.test" % (user, key)
requires: pytest>=8.3,<9; python_version>="3.11"
actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11
uses: pypa/gh-action-pypi-publish@release/v1
renovate: datasource=docker depName=postgres versioning=16.2-alpine3.19
hf_hub_download(repo_id="sentence-transformers/all-MiniLM-L6-v2", filename="model.onnx")
hf_transfer_enabled_by_default_for_everyone
npm_config_registry=https://registry.npmjs.org/
npm_package_version_from_the_manifest_file
sk_learn_pipeline_with_standard_scaler
glpat- is the prefix of GitLab tokens
SG.Components.TableView.ColumnDefinition
re_compile_the_pattern_only_once_per_run
shpat_ tokens are shown once
dapi_version: 2.1
key-value-store-of-the-checkout-service
secret_santa_assignment_for_the_whole_team
access_token_lifetime_in_seconds: 3600
ACCESS_TOKEN_LIFETIME = timedelta(minutes=5)
jwt.exceptions.ExpiredSignatureError: Signature has expired
KeyError: 'API_KEY'
Missing required environment variable: STRIPE_SECRET_KEY
401 Unauthorized: invalid api key
The password field's autocomplete is "current-password"
autocomplete="new-password"
bcrypt rounds: 12
hash = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
$2b$ marks a bcrypt hash
seed: 42
random.seed(20240611)
seed = np.random.SeedSequence(123456789).spawn(8)
Use 12 or 24 words for the mnemonic
2024-06-11T15:30:45.123456Z INFO shop.auth token accepted for helena
""".splitlines()
)


def held_back(count: int) -> frozenset[int]:
    """The third of the list that was not looked at while the patterns were tuned."""
    return frozenset(random.Random("held back").sample(range(count), count // 3))
