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
# What stands outside of these is looked at to tell code from prose.
QUOTED = re.compile(
    r"""\"{3}.*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`"""
    r"""|(?:^|\s)(?:\#|//)[^\n]*|/\*.*?(?:\*/|\Z)|<!--.*?(?:-->|\Z)""",
    re.DOTALL,
)
SIGN = re.compile(
    r"[(\[{}\])<>=;*&|@\\]|:$|\w[.(]\w|\.\.\.|^(?:import|from) [\w.]+(?= import|$)", re.MULTILINE
)
CODE_HAS_ONE_IN = 40
# Four words in a row, none of which is a word of a programming language.
WORD = (
    r"(?!(?:and|as|assert|async|await|case|class|const|def|del|elif|else|except|export|extends|false|for|from"
    r"|function|global|if|implements|import|in|instanceof|interface|is|lambda|let|new|nonlocal|not|null|of|or"
    r"|private|public|raise|readonly|return|static|throw|true|type|typeof|var|while|with|yield"
    r"|False|None|True)\b)[A-Za-z]+"
)
SENTENCE = re.compile(rf"\b{WORD}(?: {WORD}){{3}}\b")

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


def is_code(text: str) -> bool:
    """Whether a text is code and not prose: it has signs, and outside of strings and comments no sentence."""
    bare = QUOTED.sub(" ", text[:LONGEST]).strip()
    return len(SIGN.findall(bare)) * CODE_HAS_ONE_IN >= max(1, len(bare)) and not SENTENCE.search(bare)


@lru_cache(maxsize=256)
def read(text: str) -> str:
    """The names of the four rarest signs in a text of code, with commas between; "" for prose."""
    if not is_code(text):
        return ""
    found = (name for sign, name in _table() if sign.search(text[:LONGEST]))
    return ", ".join(islice(found, TOLD))
