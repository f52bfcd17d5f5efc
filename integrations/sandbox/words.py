"""Tables of words, written as a text because a column of quoted names is no easier to read."""


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
