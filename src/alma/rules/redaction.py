"""Takes secrets out of text and JSON before anything is stored; everything else stays byte for byte.

Two ways to know a secret: by its own form (`_FORMS`: a published prefix, a key block, a web token), or by the
name beside it (`_NAME`: `password = …`, `--token …`), and then only when the value is no placeholder, no
reference and no ordinary word. Rules that must stay true: redacting twice changes nothing; time grows
linearly with the text (every repetition is bounded, or possessive and consumed once); importing this module
costs next to nothing, because it is on the path of hooks: a pattern is compiled when its hint is met.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from re import Match, Pattern
    from typing import Any, TypeVar

    Json = TypeVar("Json")
    Span = tuple[int, int, str]

_LONGEST_VALUE = 4096
_SHORTEST_FORM = 20
_LONGEST_COMMAND = 400

# (kind, the literals one of which it holds, the pattern, how many characters before the literal it starts).
# The group `secret`, or else the whole match, is cut out. Only where a literal is found is a pattern tried, which
# is what makes clean text cheap. Lengths are a little below the published ones on purpose.
_FORMS: tuple[tuple[str, tuple[str, ...], str, int], ...] = (
    ("aws access key", ("AKIA", "ASIA", "ABIA", "ACCA"), r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])", 0),
    ("aws session token", ("FwoGZXIvYXdz", "IQoJb3JpZ2lu"), r"(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=%]{80,}", 0),
    ("signed address", ("X-Amz-Signature=", "X-Goog-Signature="), r"X-(?:Amz|Goog)-Signature=(?P<secret>[0-9a-f]{64,})", 0),
    ("signed address", ("sig=",), r"(?<=[?&;])sig=(?P<secret>[A-Za-z0-9%+/=_-]{32,})", 0),
    ("google api key", ("AIza",), r"AIza[A-Za-z0-9_-]{35,}", 0),
    ("google client secret", ("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_-]{24,}", 0),
    ("google access token", ("ya29.",), r"ya29\.[A-Za-z0-9_-]{20,}", 0),
    ("google refresh token", ("1//0",), r"1//0[A-Za-z0-9_-]{30,}", 0),
    ("azure client secret", ("Q~",), r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}", 4),
    ("digitalocean token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"do[opr]_v1_[0-9a-f]{40,}", 0),
    ("heroku token", ("HRKU-",), r"HRKU-[A-Za-z0-9_-]{30,}", 0),
    ("cloudflare origin key", ("v1.0-",), r"v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}", 0),
    ("alibaba key", ("LTAI",), r"LTAI[A-Za-z0-9]{16,}", 0),
    ("fly token", ("fm1r_", "fm1a_", "fm2_", "fo1_"), r"f[mo][12][ar]?_[A-Za-z0-9+/=_-]{40,}", 0),
    ("netlify token", ("nfp_", "nfo_", "nfc_", "nfu_"), r"nf[pocu]_[A-Za-z0-9]{30,}", 0),
    ("github token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{30,}", 0),
    ("github token", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{40,}", 0),
    ("gitlab token", ("glpat-", "glrt-", "gldt-", "glptt-", "glft-", "glcbt-", "glimt-", "glagent-", "glsoat-", "gloas-"),
     r"gl[a-z]{2,5}-[A-Za-z0-9_.-]{20,}", 0),
    ("bitbucket password", ("ATBB",), r"ATBB[A-Za-z0-9_=-]{24,}", 0),
    ("npm token", ("npm_",), r"npm_[A-Za-z0-9]{30,}", 0),
    ("pypi token", ("pypi-Ag",), r"pypi-Ag[A-Za-z0-9_-]{50,}", 0),
    ("rubygems key", ("rubygems_",), r"rubygems_[0-9a-f]{40,}", 0),
    ("docker token", ("dckr_pat_", "dckr_oat_"), r"dckr_[po]at_[A-Za-z0-9_-]{20,}", 0),
    ("crates token", ("cio",), r"cio[A-Za-z0-9]{32}(?![A-Za-z0-9])", 0),
    ("nuget key", ("oy2",), r"oy2[a-z0-9]{43}(?![A-Za-z0-9])", 0),
    ("artifactory key", ("AKC",), r"AKC[a-zA-Z0-9]{60,}", 0),
    ("anthropic key", ("sk-ant-",), r"sk-ant-[A-Za-z0-9_-]{24,}", 0),
    ("openai key", ("sk-",), r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,}", 0),
    ("api key", ("sk-",), r"sk-(?:[a-z0-9]{1,8}-){0,2}[A-Za-z0-9]{32,}", 0),
    ("hugging face token", ("hf_", "api_org_"), r"(?:hf|api_org)_[A-Za-z0-9]{30,}", 0),
    ("replicate token", ("r8_",), r"r8_[A-Za-z0-9]{30,}", 0),
    ("groq key", ("gsk_",), r"gsk_[A-Za-z0-9]{40,}", 0),
    ("perplexity key", ("pplx-",), r"pplx-[A-Za-z0-9]{40,}", 0),
    ("xai key", ("xai-",), r"xai-[A-Za-z0-9]{60,}", 0),
    ("langsmith key", ("lsv2_",), r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{8,}", 0),
    ("databricks token", ("dapi",), r"dapi[0-9a-f]{32}(?:-[0-9])?", 0),
    ("slack token", ("xox", "xapp-"), r"(?:xox[a-z](?:\.xox[bp])?|xapp)-[A-Za-z0-9-]{20,}", 0),
    ("slack webhook", ("hooks.slack.com/",), r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/_-]{30,})", 0),
    ("discord token", ("MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"), r"(?:M[DTjz]|N[DTjz]|O[DT])[A-Za-z0-9_-]{22,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}", 0),
    ("discord webhook", ("api/webhooks/",), r"api/webhooks/[0-9]{10,22}/(?P<secret>[A-Za-z0-9_-]{40,})", 0),
    ("telegram token", (":AA",), r"[0-9]{10}:AA[A-Za-z0-9_-]{32,35}(?![A-Za-z0-9])", 10),
    ("telegram token", (":AA",), r"[0-9]{9}:AA[A-Za-z0-9_-]{32,35}(?![A-Za-z0-9])", 9),
    ("telegram token", (":AA",), r"[0-9]{8}:AA[A-Za-z0-9_-]{32,35}(?![A-Za-z0-9])", 8),
    ("teams webhook", ("webhook.office.com/",), r"webhook\.office\.com/webhook[a-z0-9]{0,4}/(?P<secret>[A-Za-z0-9@/-]{60,})", 0),
    ("twilio key", ("SK",), r"SK[0-9a-f]{32}(?![A-Za-z0-9])", 0),
    ("sendgrid key", ("SG.",), r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,}", 0),
    ("mailgun key", ("key-",), r"key-[0-9a-f]{32}(?![A-Za-z0-9])", 0),
    ("mailchimp key", ("-us",), r"[0-9a-f]{32}-us[0-9]{1,2}(?![A-Za-z0-9])", 32),
    ("brevo key", ("xkeysib-", "xsmtpsib-"), r"(?:xkeysib|xsmtpsib)-[0-9a-f]{50,}-[A-Za-z0-9]{12,}", 0),
    ("resend key", ("re_",), r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}", 0),
    ("stripe key", ("sk_live_", "rk_live_", "sk_test_", "rk_test_"), r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}", 0),
    ("webhook secret", ("whsec_",), r"whsec_[A-Za-z0-9+/=]{24,}", 0),
    ("square token", ("EAAA",), r"(?<![+/])EAAA[A-Za-z0-9_-]{60}(?![A-Za-z0-9+/=_-])", 0),
    ("square secret", ("sq0csp-", "sq0atp-", "sq0idp-"), r"sq0[a-z]{3}-[A-Za-z0-9_-]{22,}", 0),
    ("shopify token", ("shpat_", "shpca_", "shppa_", "shpss_", "shpua_"), r"shp[acpsu][ats]_[0-9a-fA-F]{32,}", 0),
    ("paypal token", ("access_token$",), r"access_token\$(?:production|sandbox)\$[0-9a-z]{10,20}\$[0-9a-f]{32}", 0),
    ("linear key", ("lin_api_", "lin_oauth_"), r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}", 0),
    ("notion token", ("ntn_", "secret_"), r"(?:ntn_[0-9]{8,}[A-Za-z0-9]{30,}|secret_[A-Za-z0-9]{43})(?![A-Za-z0-9])", 0),
    ("atlassian token", ("ATATT", "ATCTT"), r"AT[AC]TT3[A-Za-z0-9_=-]{60,}", 0),
    ("figma token", ("figd_", "figo_", "figu_", "figor_", "figuh_"), r"fig[dou][rh]?_[A-Za-z0-9_-]{36,}", 0),
    ("airtable token", ("pat",), r"pat[A-Za-z0-9]{14}\.[0-9a-f]{60,}", 0),
    ("supabase token", ("sbp_", "sb_secret_"), r"(?:sbp_[0-9a-f]{40,}|sb_secret_[A-Za-z0-9_-]{20,})", 0),
    ("planetscale token", ("pscale_",), r"pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_.=-]{30,}", 0),
    ("doppler token", ("dp.",), r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}", 0),
    ("grafana token", ("glsa_", "glc_"), r"(?:glsa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}|glc_[A-Za-z0-9+/]{32,}={0,3})", 0),
    ("new relic key", ("NRAK-", "NRII-", "NRJS-"), r"NR(?:AK|II|JS)-[A-Za-z0-9_-]{19,}", 0),
    ("new relic key", ("NRAL",), r"[0-9a-f]{36}NRAL(?![A-Za-z0-9])", 36),
    ("sentry token", ("sntrys_", "sntryu_"), r"sntry[su]_[A-Za-z0-9+/=_-]{40,}", 0),
    ("vault token", ("hvs.", "hvb.", "hvr."), r"hv[sbr]\.[A-Za-z0-9_-]{20,}", 0),
    ("terraform token", (".atlasv1.",), r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{50,}", 14),
    ("pulumi token", ("pul-",), r"pul-[0-9a-f]{40}", 0),
    ("buildkite token", ("bkua_",), r"bkua_[0-9a-f]{40}", 0),
    ("sonar token", ("sqa_", "sqp_", "squ_"), r"sq[apu]_[0-9a-f]{40}", 0),
    ("postman key", ("PMAK-",), r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", 0),
    ("dynatrace token", ("dt0",), r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}", 0),
    ("age key", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[0-9A-Z]{40,}", 0),
    ("1password token", ("ops_eyJ",), r"ops_eyJ[A-Za-z0-9+/=_-]{100,}", 0),
    ("posthog key", ("phx_",), r"phx_[A-Za-z0-9]{32,}", 0),
    ("facebook token", ("EAACEdEose0cBA",), r"EAACEdEose0cBA[A-Za-z0-9]{50,}", 0),
    ("linkedin secret", ("WPL_AP1.",), r"WPL_AP1\.[A-Za-z0-9+/=._-]{16,}", 0),
    ("web token", ("eyJ",), r"eyJ[A-Za-z0-9_-]{10,300}\.eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?", 0),
    ("password hash", ("$2",), r"\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{50,53}", 0),
    ("password hash", ("$1$", "$5$", "$6$", "$y$", "$apr1$"), r"\$(?:[156y]|apr1)\$(?:[^$\s:]{1,40}\$){1,2}[./A-Za-z0-9]{20,}", 0),
    ("password hash", ("$argon2",), r"\$argon2i?d?\$v=[0-9]+\$[^$\s]{1,60}\$[A-Za-z0-9+/]{8,}\$[A-Za-z0-9+/]{16,}", 0),
)  # fmt: skip

# The dashes end the body, so each character is read once, whatever the text.
_KEY_BLOCK = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?P<body>(?:[^-]|-(?!----))*+)(?P<end>-----END [A-Z0-9 ]{0,40}-----)?"
)
_CUT_KEY_LINES = (
    r"(?:(?:\\[nrt]|[\s>|\"'+,#*])*+(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): [^\n\\]{0,200}"
    r"|[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9+/]{1,75}={1,2}))++"
)
_ADDRESS = r"://(?:[^\s/:@\"'<>|]{0,128}:(?P<password>[^\s/@\"'<>|]{1,256})|(?<!ssh://)(?P<token>[A-Za-z0-9_-]{20,256}))@(?=[A-Za-z0-9\[])"
_HEADER = r"(?:bearer|basic|ssws|token|api-token|apikey) {1,2}(?P<secret>[a-z0-9._~+/=:-]{12,})"
_OPTION = (
    r"-(?<=\s-)(?:(?:u|-user|-proxy-user)[ =]?[\"']?[^\s:\"']{1,80}:(?P<curl>[^\s\"']{1,128})"
    r"|p(?P<mysql>[^\s\"'=-][^\s\"']{0,127})|p ?[\"']?(?P<login>[^\s\"'-][^\s\"']{0,127})"
    r"|a [\"']?(?P<redis>[^\s\"'-][^\s\"']{0,127})|b \S{1,128} \S{1,80} (?P<htpasswd>[^\s\"']{1,128})"
    r"|pass(?:in|out)? pass:(?P<openssl>[^\s\"']{1,128}))"
)
_OPTION_TOOLS = {
    "curl": ("curl", "http "),
    "mysql": ("mysql", "mariadb", "sshpass"),
    "login": (" login", "sshpass"),
    "redis": ("redis-cli",),
    "htpasswd": ("htpasswd",),
    "openssl": ("openssl",),
}

_KEYS_OF = (
    "api", "access", "auth", "private", "signing", "signature", "encryption", "encrypt", "account", "master", "license",
    "licence", "service", "deploy", "application", "app", "shared", "client", "storage", "consumer", "subscription",
    "admin", "webhook", "session", "hmac", "jwt",
)  # fmt: skip
# Each alternative starts with a letter of its own, so that the engine can skip what cannot start a name.
_NAMES = (
    r"pass(?:word|wd|phrase|code)|pass(?<![a-z]pass)|requirepass|pwd|pw(?<![a-z]pw)(?![a-z])"
    r"|secret|token|credentials?|authori[sz]ation|auth(?<![a-z]auth)|pat(?<![a-z]pat)(?![a-z])"
    r"|sess(?:ion)?(?:[_-]?id)?(?==)|sid(?<![a-z]sid)(?==)"
    r"|key"
)
_NAME_TAIL = (
    r"(?:[_-]?(?:key|base|value|string|text|access|prod|production|dev|staging|live|test|old|new|primary"
    r"|secondary|[0-9]{1,3})){0,3}"
)
# Sought in the lower-cased text. What stands between name and value says how sure the value must make us.
_NAME = (
    rf"(?P<name>{_NAMES}){_NAME_TAIL}(?:\\?[\"'`]\]?)?\)?"
    r"(?:(?P<assigned>\s{0,8}(?::\s{0,3}[a-z_][\w.\[\]]{0,40}\s{0,3}=|:=|=>|={1,3}|!==?)\s{0,8}@?)"
    r"|(?P<stated>[ \t]{0,8}:[ \t]{0,8}|, {0,3}(?=\\?[\"']))|(?P<element>>)|(?P<told> {1,2}(?:(?:is|was|to):? )?))"
)
_SEED_PHRASE = r"(?:mnemonic|phrase)['\"]?\s{0,3}(?::|=|is)\s{0,3}['\"]?(?P<secret>[a-z]{3,8}(?: [a-z]{3,8}){11,23})(?![a-z])"
# Any of these must be in the text before a name is sought; "tests passed" and "the path" are too common to try.
_ROOTS = (
    "passw", "passp", "passc", "pass_", "pass-", "pass=", "pass:", "pass ", "pass'", 'pass"', "pwd", "pw=", "pw:", "pw ",
    "pw'", 'pw"', "secret", "token", "key", "auth", "credential", "pat=", "pat:", "pat'", 'pat"', "session", "sess=",
    "sid=",
)  # fmt: skip
_PASSWORDS = ("pass", "requirepass", "pwd", "pw")
_SESSIONS = ("sess", "sid")
_NO_SECRET_BEFORE = (
    "page",
    "next",
    "cursor",
    "continuation",
    "cancellation",
    "public",
    "publickey",
    "max",
    "num",
)

_BARE = r"(?:[^\s\"'`,;&<>(){}\[\]|\\=]|&(?!&|[\w.-]{0,40}=|\s|$))*+(?:={1,2}(?![\w]))?"
_QUOTED = {quote: rf"(?:[^{quote}\n\\]|\\[^\n])*+" for quote in "'\"`"}
_QUOTED_WITHIN = {quote: rf"(?:[^{quote}\n\\]|\\(?![\"'`]))*+" for quote in "'\"`"}

_FILLER = r"(?i)x{5}|\*{3}|\.{3}|…|your|example|placeholder|change_?-?me|dummy|redacted|replace|insert[_-]|<|>|\{\{|\$[{(]"
_STAND_IN = (
    r"(?i)(?:\$[a-z_{(].*|%[a-z({].*|[{<@&#*].*|!\w+|(.)\1*"
    r"|(?:my|the|some|any|user|db|new|old|current|confirm|test|app|admin|root|default)?[_-]?"
    r"(?:password|passwd|pass|pwd|pw|secret|token|api[_-]?key|key|credentials?)[0-9]{0,2}"
    r"|none|null|nil|true|false|undefined|unset|empty|required|optional|string|str|bytes|any|hidden|secretstr"
    r"|text|todo|bearer|basic|number|integer|boolean|object|include|same-origin|inherit|username|user|passwort"
    r"|base64|utf-?8|hex|ascii|latin1|sha[0-9]{1,3})[?:.!=]*"
)
_CAMEL_CASE = r"[A-Z]{0,4}[a-z]{2,}(?:[A-Z]{1,4}[a-z]{2,})*[A-Z]{0,4}"
_WORD = (
    rf"[A-Za-z]{{0,3}}|[A-Z]+[0-9]{{0,2}}|{_CAMEL_CASE}[0-9]{{0,2}}"
    r"|[A-Z]?[a-z]{2,}[0-9]?(?:[A-Z][a-z]{2,}[0-9]?)*|[a-z]?[0-9]{1,12}|[0-9]+[a-z]{1,2}"
    r"|(?i:sha|md|base|utf|argon|ed|rs|hs|es|ps|aes|rsa|oauth|pbkdf|ec|k|h|p|v|i|x)[0-9]{1,5}[A-Za-z]{0,20}"
)
_BETWEEN_WORDS = r"[^A-Za-z0-9]+"
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_NO_PLAIN_MARKS = dict.fromkeys(map(ord, "-_./:"), None)
_PHRASE = r"[a-z]{3,}(?:-[a-z]{3,}){3,}"

_compiled: dict[str, Pattern[str]] = {}


def redact(text: str) -> str:
    """The text with every secret replaced by `[redacted: its kind]`; the names beside secrets stay."""
    while (clean := _once(text)) != text:  # what was cut may have hidden the edge of another
        text = clean
    return text


def redact_json(value: Json) -> Json:
    """The JSON value with secrets out of every string, key and named value, at any depth.

    A string under a name such as `password` or `apiKey` (also within a list under it) is replaced whole when
    it looks like a real value. Numbers, truth values and null stay.
    """
    top: list[Any] = [value]  # Any: JSON of any shape, and a recursive type gains the caller nothing
    waiting: list[tuple[Any, str]] = [(top, "")]
    while waiting:  # a stack of our own: a state may be nested deeper than Python allows calls
        container, name = waiting.pop()
        for place, child in list(container.items() if isinstance(container, dict) else enumerate(container)):
            beside = place if isinstance(place, str) else name
            if isinstance(child, str):
                container[place] = _redacted_value(child, beside)
            elif isinstance(child, (dict, list)):
                container[place] = _with_clean_names(child) if isinstance(child, dict) else child.copy()
                waiting.append((container[place], beside))
    clean: Json = top[0]
    return clean


def _with_clean_names(fields: dict[Any, Any]) -> dict[Any, Any]:
    clean: dict[Any, Any] = {}
    for name, value in fields.items():
        name = redact(name) if isinstance(name, str) else name
        while name in clean:  # two names that were both secrets must not become one
            name += "'"
        clean[name] = value
    return clean


def _redacted_value(value: str, name: str) -> str:
    lowered = _lowered(name) + "="
    if name and any(root in lowered for root in _ROOTS):
        for found in _pattern(_NAME).finditer(lowered):
            whole = found.end() == len(lowered) and _is_name(found, lowered)
            if whole and _is_secret(value, found, sure=True):
                return f"[redacted: {_kind(found)}]"
    return redact(value)


def _once(text: str) -> str:
    lowered = _lowered(text)
    finders = (_key_blocks, _forms, _seed_phrases, _addresses, _headers, _options, _named)
    spans = [span for find in finders for span in find(text, lowered)]
    if not spans:
        return text
    pieces: list[str] = []
    position = 0
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= position:
            pieces += (text[position:start], f"[redacted: {kind}]")
        position = max(position, end)  # two finds that overlap are one secret
    return "".join((*pieces, text[position:]))


def _key_blocks(text: str, _: str) -> Iterator[Span]:
    if "PRIVATE KEY" not in text:
        return
    for found in _pattern(_KEY_BLOCK).finditer(text):
        if found["end"] and len(found["body"]) > 24:
            yield found.start(), found.end(), "private key"
        elif lines := _pattern(_CUT_KEY_LINES).match(text, found.start("body"), found.end("body")):
            yield found.start(), lines.end(), "private key"  # a log that was cut before the end


def _forms(text: str, _: str) -> Iterator[Span]:
    long_words = " ".join([word for word in text.split() if len(word) >= _SHORTEST_FORM])
    for kind, hints, form, before in _FORMS if long_words else ():
        for hint in hints:
            if hint in long_words:
                yield from _of_form(text, kind, hint, form, before)


def _of_form(text: str, kind: str, hint: str, form: str, before: int) -> Iterator[Span]:
    position = text.find(hint)
    while position >= 0:
        start = position - before
        position += len(hint)
        joined = start > 0 and text[start - 1].isalnum() and text[start - 3 : start] != "bot"
        if start >= 0 and not joined and (found := _pattern(form).match(text, start)):
            group = "secret" if "secret" in found.re.groupindex else 0
            if not _pattern(_FILLER).search(found[group]):
                yield *found.span(group), kind
            position = found.end()
        position = text.find(hint, position)


def _seed_phrases(_: str, lowered: str) -> Iterator[Span]:
    if "mnemonic" in lowered or "phrase" in lowered:
        for found in _pattern(_SEED_PHRASE).finditer(lowered):
            yield *found.span("secret"), "seed phrase"


def _addresses(text: str, _: str) -> Iterator[Span]:
    if "://" not in text:
        return
    for found in _pattern(_ADDRESS).finditer(text):
        if found["token"] and _is_random(found["token"], least=16):
            yield *found.span("token"), "token"
        elif found["password"] and not _is_stand_in(found["password"]):
            yield *found.span("password"), "password"


def _headers(text: str, lowered: str) -> Iterator[Span]:
    if not any(word in lowered for word in ("bearer ", "basic ", "ssws ", "token ", "apikey ")):
        return
    for found in _pattern(_HEADER).finditer(lowered):
        start, end = found.span("secret")
        if _is_random(text[start:end], least=12) or (found[0].startswith("basic ") and text[end - 1] == "="):
            yield start, end, "credentials"


def _options(text: str, _: str) -> Iterator[Span]:
    if not any(word in text for words in _OPTION_TOOLS.values() for word in words):
        return
    for found in _pattern(_OPTION).finditer(text):
        tool = found.lastgroup or ""
        command = text[max(0, found.start() - _LONGEST_COMMAND) : found.start()].rpartition("\n")[2]
        if any(word in command for word in _OPTION_TOOLS[tool]) and _is_password(found[tool], sure=True):
            yield *found.span(tool), "password"


def _named(text: str, lowered: str) -> Iterator[Span]:
    if not any(root in lowered for root in _ROOTS):
        return
    search, position = _pattern(_NAME).search, 0
    while found := search(lowered, position):
        if not _is_name(found, lowered):
            position = found.end()
            continue
        start, end, quoted = _value_at(text, found.end())
        if _is_named_secret(text, found, start, end, quoted=quoted):
            yield start, end, _kind(found)
            position = end
        else:
            position = start if quoted or found["told"] else max(end, found.end())


def _is_name(found: Match[str], lowered: str) -> bool:
    """Of keys only some open anything: `api_key` does, a primary key and a sort key do not."""
    before = lowered[max(0, found.start() - 20) : found.start()].rstrip("_- ")
    if found["name"] == "key" and not before.endswith(_KEYS_OF):
        return False
    return not before.endswith(_NO_SECRET_BEFORE)


def _value_at(text: str, position: int) -> tuple[int, int, bool]:
    """Where the value stands: within its quotes, or up to what ends a bare one."""
    start = text[position : position + 3]
    if start[:1] in ("b", "u") and start[1:2] in _QUOTED:
        position, start = position + 1, start[1:]
    patterns = _QUOTED
    if start[:1] == "\\" and start[1:2] in _QUOTED_WITHIN:
        position, start, patterns = position + 1, start[1:], _QUOTED_WITHIN
    if start[:1] in patterns:
        return *_extent(patterns[start[:1]], text, position + 1), True
    first, last = _extent(_BARE, text, position)
    while last > first and text[last - 1] in ".:?":  # the end of a sentence
        last -= 1
    return first, last, False


def _extent(pattern: str, text: str, position: int) -> tuple[int, int]:
    found = _pattern(pattern).match(text, position)
    return found.span() if found else (position, position)


def _is_named_secret(text: str, found: Match[str], start: int, end: int, *, quoted: bool) -> bool:
    value = text[start:end]
    if not 4 <= end - start <= _LONGEST_VALUE or (found["told"] and value.isalpha() and value[1:].islower()):
        return False  # nearly all names are met in plain sentences, so these are sent off first
    if found["told"] and found["name"] == "pass":
        return False  # here it is a verb
    if not quoted and text[end : end + 1] in ("(", "["):
        return False  # a call or an index is no value
    in_element = bool(found["element"])
    if in_element and not (text[found.end() - 2].isalnum() and text.startswith("</", end)):
        return False
    before = text[max(0, found.start() - 20) : found.start()].lower()
    name = text[found.start() : found.start("assigned")] if found["assigned"] else ""
    set_at_once = found["assigned"] == "=" and (name.isupper() or "--" in before)
    sure = in_element or set_at_once or (quoted and bool(found["assigned"]))
    return _is_secret(value, found, sure=sure)


def _is_secret(value: str, found: Match[str], *, sure: bool) -> bool:
    """Whether the value beside a name is a secret; `sure` when a plain word there would be one as well."""
    if len(value.split()) != 1 or _is_stand_in(value):
        return False
    name = found["name"]
    if name.startswith(_PASSWORDS):
        return _is_told_password(value) if found["told"] else _is_password(value, sure=sure)
    if name.startswith(_SESSIONS):  # a session may be known by an id that opens nothing
        return _is_random(value, least=16) and not _pattern(_UUID).fullmatch(value)
    return _is_random(value, least=10)


def _is_stand_in(value: str) -> bool:
    """Whether something stands where a secret would: a placeholder, a reference, a type, a path."""
    if (
        value.startswith(("./", "../", "~/", "sha256", "sha512", "arn:", "pass:", "env:", "file:"))
        or "://" in value
    ):
        return True
    return bool(_pattern(_FILLER).search(value) or _pattern(_STAND_IN).fullmatch(value))


def _is_password(value: str, *, sure: bool) -> bool:
    if len(value) < 5 or value.startswith("/") or _is_stand_in(value):
        return False
    if sure and value.isalnum() and not value.isdecimal():
        return True
    if any(mark.isdigit() for mark in value) and any(mark.isalpha() for mark in value):
        return sure or "." not in value or not _is_made_of_words(value)
    marks = value.rstrip(".:!?").translate(_NO_PLAIN_MARKS)
    if marks and not marks.isalnum():
        return True
    return bool(_pattern(_PHRASE).fullmatch(value)) or _is_random(value, least=8)


def _is_told_password(value: str) -> bool:
    """In a sentence only what no word looks like: letters mixed with digits, or all four kinds of marks."""
    kinds = {
        "a" if mark.islower() else "A" if mark.isupper() else "1" if mark.isdigit() else "!" for mark in value
    }
    return _is_random(value, least=6) or (len(kinds) == 4 and len(value) >= 8 and not _is_stand_in(value))


def _is_random(value: str, *, least: int) -> bool:
    """Whether the value is no word, name, number, date or version, nor made of such."""
    if len(value) < least or _is_stand_in(value):
        return False
    if value.isalpha():
        turns = sum(mark.isupper() != value[at].isupper() for at, mark in enumerate(value[1:]))
        return len(value) >= 12 and turns * 4 >= len(value) and not _pattern(_CAMEL_CASE).fullmatch(value)
    return bool(_pattern(_UUID).fullmatch(value)) or not _is_made_of_words(value, at_least=min(least, 8))


def _is_made_of_words(value: str, *, at_least: int = 6) -> bool:
    """True when no part of the value, of the length given, mixes letters and digits as only a key does."""
    long = (part for part in _pattern(_BETWEEN_WORDS).split(value) if len(part) >= at_least)
    return all((part.isalpha() and len(part) < 12) or _pattern(_WORD).fullmatch(part) for part in long)


def _kind(found: Match[str]) -> str:
    name = found["name"]
    if name.startswith(_PASSWORDS):
        return "password"
    return next(
        (kind for kind in ("secret", "token") if kind in name),
        "session" if name.startswith(_SESSIONS) else "key",
    )


def _lowered(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.replace("İ", "I").lower()


def _pattern(source: str) -> Pattern[str]:
    """The compiled pattern; `re` itself is imported here because most texts hold no hint and never need it."""
    try:
        return _compiled[source]
    except KeyError:
        import re

        return _compiled.setdefault(source, re.compile(source))
