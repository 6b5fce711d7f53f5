"""What runs in a process of its own: one question on stdin, one answer on stdout."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

from director_cel.language import Expression, Language, Said

LARGEST_MEMORY_BYTES = 1024 * 1024 * 1024


def main() -> None:
    """Answer the question that stands on stdin."""
    if sys.platform == "linux":  # Elsewhere it is not enforced.
        resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY_BYTES, LARGEST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    question = json.load(sys.stdin)
    language = Language(question["scope"])
    answers = [_answer(language, text, question["variables"]) for text in question["texts"]]
    json.dump(answers, sys.stdout)


def _answer(language: Language, text: str, variables: dict[str, Any]) -> dict[str, Any]:
    expression = language.compile(text)
    if not isinstance(expression, Expression):
        return {"problem": expression[0].problem, "code": "evaluation_failed"}
    came = expression.evaluate(variables)
    if isinstance(came, Said):
        # Only true and false are judged; all else is shown.
        return {"value": came.value if isinstance(came.value, bool) else str(came.value)[:500]}
    return {"problem": came.problem, "code": came.code}
