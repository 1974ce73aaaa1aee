"""Answers that are remembered are those of the function, asked no more than without a memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from forkd_jupyter_guest.warm import answers

if TYPE_CHECKING:
    from collections.abc import Callable


class Library:
    """A module with a function to remember; the memory is put in its place."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self.calls: list[Any] = []
        self._answer = answer

    def ask(self, value: Any) -> Any:
        """Note the call."""
        self.calls.append(value)
        return self._answer(value)


def _remembering(library: Library) -> Callable[[Any], Any]:
    return answers.remembering(library.ask, lambda value: (value,))


def test_the_same_question_is_asked_once() -> None:
    library = Library(lambda value: value * 2)
    ask = _remembering(library)
    assert [ask(1), ask(1), ask(2)] == [2, 2, 4]
    assert library.calls == [1, 2]


@pytest.mark.parametrize("error", [TypeError("no such type"), ValueError("no such value")])
def test_a_function_that_raises_is_called_once_for_each_question(error: Exception) -> None:
    def refuse(_value: Any) -> None:
        raise error

    library = Library(refuse)
    ask = _remembering(library)
    for _ in range(2):
        with pytest.raises(type(error), match="no such"):
            ask(1)
    assert library.calls == [1, 1]


def test_a_question_that_cannot_be_a_key_is_asked_every_time() -> None:
    library = Library(len)
    ask = _remembering(library)
    assert [ask([1, 2]), ask([1, 2])] == [2, 2]
    assert library.calls == [[1, 2], [1, 2]]


def test_arguments_that_the_key_does_not_take_are_the_functions_to_refuse() -> None:
    library = Library(len)
    with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
        answers.remembering(library.ask, lambda value: value)(1, other=2)
    assert library.calls == []
