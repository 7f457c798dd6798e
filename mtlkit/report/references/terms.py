"""The words of the course, read from TOML, and how they are found in a text."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

FILE = Path(__file__).parent / "glossary.toml"

_BRACKETS = re.compile(r"\[([^]]+)\]")


@attrs.frozen
class Term:
    """A word of the glossary.

    Parameters
    ----------
    term
        The word as it is headed, in the singular.
    text
        Its definition; [brackets] mark other terms, `backquotes` code.
    theme
        The group it stands in.
    lesson
        Number of the lesson in which it first matters.
    forms
        What else is recognised as the term.
    emphasised
        Whether the bare word means it in emphasis only.
    """

    term: str
    text: str
    theme: str
    lesson: int
    forms: tuple[str, ...] = ()
    emphasised: bool = False

    @property
    def id(self) -> str:
        """Its HTML id on the glossary page.

        Examples
        --------
        >>> Term("95 % interval", "", "", 1).id
        'term-95-interval'
        """
        return "term-" + re.sub(r"[^a-z0-9]+", "-", self.term.lower()).strip("-")

    @property
    def definition(self) -> str:
        """Its definition as plain text."""
        return _BRACKETS.sub(r"\1", self.text).replace("`", "")

    @property
    def uses(self) -> tuple[str, ...]:
        """The words in brackets."""
        return tuple(_BRACKETS.findall(self.text))

    def parts(self) -> Iterator[tuple[str, bool]]:
        """Its definition in pieces, each with whether it stood in brackets."""
        for place, piece in enumerate(_BRACKETS.split(self.text)):
            if piece:
                yield piece, place % 2 == 1


@attrs.frozen
class Found:
    """A term found in a text, from `start` to `end`."""

    term: Term
    start: int
    end: int


@functools.cache
def terms() -> tuple[Term, ...]:
    """The glossary, in the order of its file."""
    themes = tomllib.loads(FILE.read_text("utf-8"))["theme"]
    return tuple(
        Term(theme=theme["name"], **{**entry, "forms": tuple(entry.get("forms", ()))})
        for theme in themes
        for entry in theme["terms"]
    )


@attrs.frozen
class Finder:
    """Finds terms in texts: plurals and other cases too, the longest first."""

    patterns: Mapping[bool, re.Pattern[str]]
    names: Mapping[str, Term]

    @classmethod
    def of(cls, glossary: Sequence[Term]) -> Finder:
        """For these terms."""
        forms = sorted(
            ((form, term) for term in glossary for form in (term.term, *term.forms)),
            key=lambda pair: (-len(pair[0]), pair[0]),
        )
        names = {f"t{place}": term for place, (_, term) in enumerate(forms)}
        patterns = {}
        for emphasis in (False, True):
            choices = [
                f"(?P<t{place}>{_pattern(form)})"
                for place, (form, term) in enumerate(forms)
                if emphasis or not term.emphasised
            ]
            joined = "|".join(choices) or "(?!)"
            patterns[emphasis] = re.compile(rf"(?<![\w-])(?:{joined})(?![\w-])")
        return cls(patterns, names)

    def find(self, text: str, *, emphasis: bool = False) -> Iterator[Found]:
        """Every term in a text, from left to right.

        Parameters
        ----------
        text
            Plain text.
        emphasis
            Whether it stands in emphasis.
        """
        for match in self.patterns[emphasis].finditer(text):
            assert match.lastgroup is not None
            yield Found(self.names[match.lastgroup], match.start(), match.end())

    def named(self, text: str) -> Term | None:
        """The term that the whole text names, if any."""
        match = self.patterns[True].fullmatch(text)
        return self.names[match.lastgroup] if match and match.lastgroup else None


@functools.cache
def finder() -> Finder:
    """For the whole glossary."""
    return Finder.of(terms())


def _pattern(form: str) -> str:
    """A form in any case (unless all in capitals), broken anywhere, in singular or plural."""
    words = [re.escape(word).replace("'", "['’]") for word in re.split(r"[\s-]+", form)]
    if re.search(r"[a-z]y$", form):
        words[-1] = rf"{words[-1][:-1]}(?:y|ies)"
    elif form[-1].isalpha() and not form.endswith("s"):
        words[-1] += "(?:s|es)?"
    case = "" if form.isupper() else "i"
    return f"(?{case}:" + r"[\s-]+".join(words) + ")"
