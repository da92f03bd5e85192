"""From LaTeX to MathML, on the server; and whether a formula has lost its backslashes."""

from __future__ import annotations

import re
from html import escape

from math_core import LatexToMathML

from .signs import CONTROL_SIGNS, set_of

LONGEST_FORMULA = 5_000


# Commands that authors expect and the converter lacks. A label has nothing to lead to here.
_MACROS = {
    "substack": r"\begin{subarray}{c}#1\end{subarray}",
    "norm": r"\left\lVert #1 \right\rVert",
    "abs": r"\left\lvert #1 \right\rvert",
    "tag": r"\qquad\text{(#1)}",
    "AA": r"\text{Å}",
}
# Equation numbers would start at (1) in each formula anew: numbered forms become plain ones.
_ENVIRONMENTS = {
    "align": "aligned",
    "split": "aligned",
    "eqnarray": "aligned",
    "equation": "gathered",
    "gather": "gathered",
    "multline": "gathered",
    "smallmatrix": "matrix",
}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(\w+)\*?\}")
_LABEL = re.compile(r"\\label\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")
_TEXT_WITH_MATHS = re.compile(r"\\text\{((?:[^{}$]++|\$[^$]*+\$)++)\}")
_DEFINITION = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|NewDocumentCommand|(?:re)?newenvironment|[egx]?def|let"
    r"|DeclareMathOperator)(?![A-Za-z])"
)


class NotAllowedInFormula(Exception):
    """The formula is not handed to the converter at all."""


def to_mathml(source: str, *, display: bool) -> str:
    """Return a `<math>` element that carries its source as annotation; raise if it cannot be set."""
    if len(source) > LONGEST_FORMULA:
        raise NotAllowedInFormula(f"it is longer than {LONGEST_FORMULA:,} characters")
    # Definitions let a short formula grow to megabytes.
    if found := _DEFINITION.search(source):
        raise NotAllowedInFormula(f"{found[0]} is not allowed, write the formula out")
    # One converter for each formula: they are cheap, and a shared one would hold a lock.
    converter = LatexToMathML(
        macros=_MACROS, fancy_error=False, allow_unreliable_rendering=True, max_expansions=100
    )
    made = converter.convert_with_local_state(_for_converter(source), displaystyle=display)
    inner = _TAG.sub(_without_style, made).partition(">")[2].removesuffix("</math>")
    opening = '<math display="block">' if display else "<math>"
    return (
        f"{opening}<semantics><mrow>{inner}</mrow>"
        f'<annotation encoding="application/x-tex">{escape(source)}</annotation></semantics></math>'
    )


def _for_converter(source: str) -> str:
    text = _LABEL.sub("", CONTROL_SIGNS.sub(" ", source))
    text = _TEXT_WITH_MATHS.sub(_split_text, text)
    return _ENVIRONMENT.sub(
        lambda match: f"\\{match[1]}{{{_ENVIRONMENTS[match[2]]}}}" if match[2] in _ENVIRONMENTS else match[0],
        text,
    )


def _split_text(match: re.Match[str]) -> str:
    r"""`\text{if $x$ is}` becomes `\text{if }x\text{ is}`."""
    parts = match[1].split("$")
    return "".join(
        f"{{{part}}}" if odd % 2 else f"\\text{{{part}}}" for odd, part in enumerate(parts) if part
    )


_TAG = re.compile(r"<(/?)([a-z]+)([^<>]*)>")
_STYLE = re.compile(r' style="([^"]*)"')
# What the converter says in styles, which our content security policy forbids, said in classes.
# Colours and other styles are left out.
CLASSES_BY_STYLE = {
    "text-align:left": "m-left",
    "text-align:right": "m-right",
    "padding-left:0": "m-tight-left",
    "padding-right:0": "m-tight-right",
    "border-left": "m-line-left",
    "border-right": "m-line-right",
    "border-top": "m-line-top",
    "border-bottom": "m-line-bottom",
}


def _without_style(match: re.Match[str]) -> str:
    if match[2] == "a":  # A reference within one formula leads nowhere.
        return ""
    return f"<{match[1]}{match[2]}{_STYLE.sub(_class_for_style, match[3])}>"


def _class_for_style(match: re.Match[str]) -> str:
    said = (declaration.replace(" ", "") for declaration in match[1].split(";"))
    classes = [
        name
        for declaration in said
        if (name := CLASSES_BY_STYLE.get(declaration) or CLASSES_BY_STYLE.get(declaration.split(":")[0]))
    ]
    return f' class="{" ".join(classes)}"' if classes else ""


def reason_of(error: Exception) -> str:
    """Return why a formula could not be set, to go on with after a colon."""
    text = re.sub(r"^\d+: ", "", str(error)).removesuffix(".")
    return text[:1].lower() + text[1:]


# Names of commands that nobody writes as plain letters, and what is left of some when \b \f \n \r
# \t was read as a control sign (\frac, \text, \theta, \nabla, \rightarrow …).
LOST_ANYWHERE = set_of(
    "alpha beta gamma delta epsilon varepsilon zeta eta rho tau psi theta vartheta kappa lambda sigma "
    "upsilon phi varphi omega Gamma Theta Lambda Sigma Upsilon Omega infty leq geq neq approx equiv "
    "propto forall exists nabla partial cdot cdots ldots vdots ddots langle rangle lVert rVert lfloor "
    "rfloor lceil rceil mathbb mathcal mathbf mathrm mathsf mathit boldsymbol operatorname rightarrow "
    "leftarrow Rightarrow Leftarrow leftrightarrow mapsto subseteq supseteq setminus otimes oplus odot "
    "sqrt frac dfrac tfrac qquad quad rac abla heta imes ightarrow orall oldsymbol ilde arepsilon"
)
_LOST = re.compile(
    r"(?<![A-Za-z\\])(?:(?:"
    + "|".join(sorted(LOST_ANYWHERE))
    + r")(?![A-Za-z])"
    + r"|(?:text|ext|hat|bar|ar|vec|dot|ddot|tilde|overline|underline|binom|egin|begin|end)(?=\{)"
    + r"|(?:sum|prod|int|lim)(?=_)|left(?=[(\[|.]))"
)
_WORDS_IN_FORMULA = re.compile(
    r"\\(?:text\w*|mathrm|mathit|mathsf|operatorname\*?|mbox|tag|label)\s*\{[^{}]*\}"
)
_EATEN_SIGNS = re.compile(r"[\x00-\x08\x0b-\x1f]")


def has_lost_backslashes(source: str) -> bool:
    """Whether a formula has the names of commands as plain letters, or signs that ate a backslash."""
    if len(source) > LONGEST_FORMULA:
        return False
    return bool(_EATEN_SIGNS.search(source) or _LOST.search(_WORDS_IN_FORMULA.sub(" ", source)))
