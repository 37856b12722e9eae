"""Code read aloud: what its signs are called, so that a question in code finds what is said of such code in prose.

`except:` says neither "exception" nor "handler", and a rule about exception handlers does. The names are those that
programmers use in any language; nothing here knows what is good or bad code.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

LONGEST = 2000
TOLD = 4
FENCED = re.compile(r"^```[^\n]*\n(.*?)(?:^```|\Z)", re.MULTILINE | re.DOTALL)
# How titles of commits begin, and what says nothing of the rest: strings, comments, an aside in brackets.
TITLE = re.compile(r"\A[\w./-]+(?:\([\w ,/-]+\))?!?: ")
QUOTED = re.compile(
    r"""\"{3}.*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`"""
    r"""|(?:^|\s)(?:\#|//)[^\n]*|/\*.*?(?:\*/|\Z)|<!--.*?(?:-->|\Z)|(?<=\w) \([\w -]+\)""",
    re.DOTALL,
)
SIGN = re.compile(
    r"[(\[{}\])<>=;\\]|&&|\|\||\*\*|[:*+]$|^\s*@\w|[^\W\d][.(]\w|\.\.\.|^from [\w.]+ import\b", re.MULTILINE
)
CODE_HAS_ONE_IN = 40
# Two words side by side, neither of them of a programming language: in code these are few.
WORD = (
    r"(?!(?:abstract|and|as|assert|async|await|bool|boolean|case|char|class|const|declare|def|del|double|elif|else"
    r"|enum|except|export|extends|false|final|float|fn|for|from|func|function|global|if|impl|implements|import|in"
    r"|instanceof|int|interface|is|lambda|let|long|mut|namespace|new|nonlocal|not|null|of|or|package|private"
    r"|protected|pub|public|raise|readonly|return|static|string|struct|throw|true|type|typeof|using|val|var|void"
    r"|while|with|yield|False|None|String|True)\b)[A-Za-z]+"
)
PAIR = re.compile(rf"\b{WORD} (?={WORD}\b)")
SIGNS_A_PAIR = 4

# What is looked for, at least two spaces, what it is called; what is rarest in code comes first and tells most.
TABLE = r"""
\{[^{}:]*\bfor\b[^{}]*\bin\b                        set comprehension
\?\?                                                nullish coalescing
\\\n                                                line continuation backslash
:=                                                  assignment expression walrus
\?\.                                                optional chaining
\{[^{}]*:[^{}]*\bfor\b[^{}]*\bin\b                  dictionary comprehension
\bfrom\s+\.                                         relative import
\bimport \*                                         wildcard import
\b[rR]["']                                          raw string
\w![.)\[;]                                          non-null assertion
\w\([^()]*\bfor\b[^()]*\bin\b                       generator expression comprehension
^\s*\w+, *\w+\s*=[^=]                               tuple unpacking
\bfinally\b                                         finally block
\b[eE]num\b                                         enumeration member
\b(?:global|nonlocal)\b                             global variable
\s[&^~]\s|<<|>>                                     bitwise operator
\bre\.\w+\(|/[^/\s]+/[gimsuy]*[.,)]                 regular expression pattern
\.format\(                                          format string
["']\s*\+|\+\s*["']                                 string concatenation
\binterface\b                                       interface
\b(?:public|private|protected|readonly|static)\b    access modifier member
\[[^\[\]]*\bfor\b[^\[\]]*\bin\b                     list comprehension
\bassert\b                                          assertion
\*\*\w                                              keyword arguments
\\[ntrx0u\\]                                        escape sequence backslash
\w\s*\|\s*\w                                        union type
\S if [^\n]+ else |\?[^.?:\n]+:                     conditional expression ternary
[(,\[{]\s*(?:\*|\.\.\.)\w                           unpacking spread
\w\[[^\]]*:                                         slice
\bnew\b                                             constructor instance
\byield\b                                           generator yield
[=(,]\s*\(\w[^()]*,                                 tuple
%[sdrf]\b|["']\s*%                                  percent format string
\b(?:def|function|func|fn)\b[^\n(]*\([^)]*=[^=>]    default argument value
\b[bB]["']                                          bytes literal
\b\d+\.\d                                           float decimal number
\b(?:async|await)\b                                 asynchronous await
\b(?:import|from)\b[^\n]*\bas\b                     import alias
\bwith\b[^\n]*:                                     context manager
\b[fF]["']|`[^`]*\$\{                               format string interpolation template
,\s*[\])}]                                          trailing comma
\bclass \w+\(\s*\w|\bextends\b                      inheritance base class
\belse\b                                            else branch
\(\s+\w|\w\s+\)|\w {2,}\S                           extraneous whitespace
\b(?:raise|throw)\b                                 raise exception, throw error
^\s*(?:\"{3}|'{3})                                  docstring
==                                                  equality
<\w[^<>\n]*>                                        generic type parameter, element tag
\"{3}|'{3}                                          triple quotes multiline string
^\s*@\w                                             decorator
\btry\b                                             try block
\b(?:except|catch|rescue)\b                         exception handler
^[ \t]+(?:async )?def \w+\(\s*(?:self|cls)\b        method of a class
\{\s*["'\w]+\s*:                                    dictionary key object
==|!=|<=|>=                                         comparison operator
\bnot\b|!\w                                         negation
\b(?:None|null|nil|undefined)\b                     none null
\b__\w+__\b                                         dunder special method
\b(?:let|var|const)\b                               variable declaration
\bis\b                                              identity comparison
[(,]\s*\w+=[^=]                                     keyword argument
\b[A-Z][A-Z0-9_]{2,}\b                              constant uppercase name
\blambda\b|=>                                       lambda arrow function
\b(?:[Tt]rue|[Ff]alse)\b                            boolean true false
\b_\w                                               private underscore name
->\s*\w                                             return type annotation
\w\[[^\]:]+\]                                       index subscript access
\b(?:for|while|until)\b                             loop iteration
\b[a-z]+[A-Z]                                       mixed case name
\b(?:and|or|not)\b|&&|\|\||!\w                      boolean logical operator
[=(,]\s*\[|\b(?:return|in) \[                       list array
\bin\b                                              membership test
;                                                   semicolon
\b(?:class|struct|trait)\s+\w                       class definition
\breturn\b                                          return value
\n\n\n                                              blank lines
\w\s*:\s*(?:int|str|float|bool|string|number|[A-Z])  type annotation
\b[A-Z][a-z]+[A-Z]                                  camelcase capitalized name
'                                                   single quotes string
\b(?:if|elif|unless|switch|case|match)\b            condition branch
(?:^|\s)(?:#|//)|/\*|<!--                           comment
\b(?:def|function|func|fn)\b[^\n(]*\(\s*\w          parameter argument
\bpass\b|\{\s*\}|\.\.\.\s*$                         empty body
\w\.\w+\(                                           method call
\b(?:def|function|func|fn)\b                        function definition
\b(?:import|require|include)\b                      import module
\b\d+\b                                             integer number literal
^[\w., \t]+=[^=]                                    assignment variable
"                                                   double quotes string
\w\(                                                function call
"""


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = (re.split(r" {2,}", line, maxsplit=1) for line in TABLE.strip().split("\n"))
    return tuple((re.compile(sign, re.MULTILINE), name) for sign, name in rows)


def code_in(text: str) -> str:
    """What of a text is code: what is fenced as such, else all of it or nothing."""
    some = text[:LONGEST]
    return "\n".join(FENCED.findall(some)) or (some if is_code(some) else "")


def is_code(text: str) -> bool:
    """Whether a text is code and not prose: outside of strings and comments it has signs, and few words in a row."""
    bare = QUOTED.sub(" ", TITLE.sub("", text)).strip()
    signs, pairs = len(SIGN.findall(bare)), len(PAIR.findall(bare))
    return signs >= max(1, len(bare) / CODE_HAS_ONE_IN, SIGNS_A_PAIR * pairs)


@lru_cache(maxsize=256)
def read(text: str) -> str:
    """The names of the four rarest signs in a text of code, with commas between; "" for prose."""
    code = code_in(text)
    return ", ".join(islice((name for sign, name in _table() if sign.search(code)), TOLD)) if code else ""
