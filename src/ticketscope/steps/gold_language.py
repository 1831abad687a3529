"""Gold data have to be in the language that the encoder of a run reads."""

from ticketscope.config import Study
from ticketscope.errors import InputError
from ticketscope.text.languages import in_words, same_language


def check_language(what: str, language: str, study: Study, mend: str) -> None:
    """Raise `InputError` where gold data are in another language than the source of a run."""
    source = study.languages.source
    if language and not same_language(language, source):
        raise InputError(
            f"{what}: the gold data are {in_words(language)}, but the encoder of this run reads "
            f"{in_words(source)}; {mend}"
        )
