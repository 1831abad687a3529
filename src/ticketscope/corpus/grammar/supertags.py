"""Categories of combinatory categorial grammar for the words of a tree (Steedman 2000).

From the root down, as Hockenmaier and Steedman (2007) read categories off the Penn Treebank: a
phrase has a category, its complements become arguments of its head, its adjuncts X/X or X\\X. A
function word (auxiliary, preposition, complementiser) takes the rest of its phrase as an argument.
What a gap has taken out of its place still is an argument of its verb. Bare nouns keep N.
"""

from ticketscope.corpus.grammar.derivation import Clause
from ticketscope.corpus.grammar.english_tree import Node
from ticketscope.corpus.grammar.expressions import RelativeClause

_FUNCTIONS = ("aux", "aux:pass", "cop", "case", "mark")
_VERB_PHRASE = r"S\NP"
_ARGUMENTS = {
    "obj": "NP",
    "iobj": "NP",
    "compound:prt": "PR",
    "nsubj": "NP",
    "xcomp": r"S[to]\NP",
}


def supertags(tree: Node) -> list[str]:
    """The category of each word."""
    found: dict[int, str] = {}
    _assign(tree, _root_category(tree), found)
    return [found[id(word)] for word in tree.words()]


def _root_category(tree: Node) -> str:
    return {"SQ": "S[q]", "SBARQ": "S[wq]"}.get(tree.label, "S[dcl]")


def _bracketed(category: str) -> str:
    """In brackets where it is a function."""
    depth = 0
    for character in category:
        depth += (character == "(") - (character == ")")
        if depth == 0 and character in "/\\":
            return f"({category})"
    return category


def _forward(result: str, argument: str) -> str:
    return f"{_bracketed(result)}/{_bracketed(argument)}"


def _backward(result: str, argument: str) -> str:
    return f"{_bracketed(result)}\\{_bracketed(argument)}"


def _modifier(category: str, before: bool) -> str:
    """Of a phrase of this category; features of the sentence are left open."""
    plain = category
    for feature in ("[dcl]", "[b]", "[pt]", "[pss]", "[to]", "[q]", "[adj]", "[thr]"):
        if not category.startswith("S[adj]"):
            plain = plain.replace(feature, "")
    return _forward(plain, plain) if before else _backward(plain, plain)


def _assign(node: Node, category: str, found: dict[int, str]) -> None:
    """Give `node` this category and all below it what follows."""
    if not node.children:
        found[id(node)] = category
    elif node.label == "SBARQ":
        _question(node, found)
    elif isinstance(node.of, RelativeClause):
        _relative(node, found)
    elif any(relation == "conj" for relation, _ in node.children):
        _coordination(node, category, found)
    elif node.label == "NP" and set("/\\") & set(category):
        _adverbial(node, category, found)
    elif node.label == "NP":
        _noun_phrase(node, found)
    else:
        _phrase(node, category, found)


def _coordination(node: Node, category: str, found: dict[int, str]) -> None:
    for relation, child in node.children:
        if relation == "cc":
            found[id(child)] = "conj"
        elif relation == "punct":
            found[id(child)] = child.label
        elif relation in ("head", "conj"):
            _assign(child, category, found)
        else:
            # behind two joined phrases
            _assign(child, _modifier(category, before=False), found)


def _noun_phrase(node: Node, found: dict[int, str]) -> None:
    relations = [relation for relation, _ in node.children]
    head = relations.index("head")
    inner = node.children[head][1]
    if inner.children:
        # a noun phrase with something behind it
        _assign(inner, "NP", found)
        for _, child in node.children[head + 1 :]:
            _assign(child, _backward("NP", "NP"), found)
        return
    alone = inner.upos in ("PRON",) or inner.label == "EX"
    found[id(inner)] = ("NP[thr]" if inner.label == "EX" else "NP") if alone else "N"
    for relation, child in node.children[:head]:
        if relation == "det" or child.label == "PRP$":
            found[id(child)] = "NP/N"
        elif relation == "nmod:poss":
            *owner, (_, mark) = child.children
            found[id(mark)] = r"(NP/N)\NP"
            _assign(Node("NP", tuple(owner), child.of), "NP", found)
        elif child.children:
            _assign(child, "N/N", found)
        else:
            found[id(child)] = "N/N"


def _adverbial(node: Node, category: str, found: dict[int, str]) -> None:
    """last week, tomorrow: a noun phrase that modifies."""
    *before, (_, noun) = node.children
    if not before:
        found[id(noun)] = category
        return
    ((_, first),) = before
    found[id(first)] = _forward(category, "N")
    found[id(noun)] = "N"


def _relative(node: Node, found: dict[int, str]) -> None:
    (first_relation, first), *rest = node.children
    if not rest:
        # the people I know: the clause alone, its type changed
        _assign(first, "S[dcl]", found)
        return
    body = rest[0][1]
    if first.label == "WHPP":
        case, pronoun = first.words()
        found[id(case)] = r"(NP\NP)/NP"
        found[id(pronoun)] = r"((NP\NP)/S[dcl])\((NP\NP)/NP)"
        _assign(body, "S[dcl]", found)
        return
    (pronoun,) = first.words()
    by_subject = first_relation.startswith("nsubj")
    found[id(pronoun)] = r"(NP\NP)/(S[dcl]\NP)" if by_subject else r"(NP\NP)/(S[dcl]/NP)"
    if by_subject:
        _phrase(body, r"S[dcl]\NP", found)
    else:
        _assign(body, "S[dcl]", found)


def _question(node: Node, found: dict[int, str]) -> None:
    (relation, front), (_, body), (_, mark) = node.children
    found[id(mark)] = "."
    (word,) = front.words()
    if relation == "nsubj":
        found[id(word)] = r"S[wq]/(S[dcl]\NP)"
        _phrase(body, r"S[dcl]\NP", found)
    else:
        found[id(word)] = "S[wq]/(S[q]/NP)" if relation == "obj" else "S[wq]/S[q]"
        _assign(body, "S[q]", found)


# ----------------------------------------------------------------------------- other phrases


def _phrase(node: Node, category: str, found: dict[int, str]) -> None:
    children = [(relation, child) for relation, child in node.children if relation != "punct"]
    for relation, child in node.children:
        if relation == "punct":
            found[id(child)] = child.label
    if node.label == "SQ" and category == "S[q]":
        _inverted(children, found)
        return
    functions = (
        index
        for index, (relation, child) in enumerate(children)
        if relation in _FUNCTIONS or child.label == "WHADVP"
    )
    function = next(functions, None)
    head = next(index for index, (relation, _) in enumerate(children) if relation == "head")
    if function is not None and function < head:
        _function_word(children, function, category, found)
    elif node.label == "S":
        _clause(children, category, found)
    else:
        _headed(children, head, category, found)


def _clause(children: list[tuple[str, Node]], category: str, found: dict[int, str]) -> None:
    """Subject and predicate, with what stands before and between them."""
    seen_subject = "\\NP" in category
    subject = "NP[thr]" if any(relation == "expl" for relation, _ in children) else "NP"
    predicate = category if seen_subject else _backward(category, subject)
    for relation, child in children:
        if relation == "head":
            _assign(child, predicate, found)
        elif relation.startswith("nsubj") or relation == "expl":
            _assign(child, subject, found)
            seen_subject = True
        elif seen_subject:
            _assign(child, _modifier(predicate, before=True), found)
        else:
            _assign(child, _modifier("S", before=True), found)


def _function_word(
    children: list[tuple[str, Node]], function: int, category: str, found: dict[int, str]
) -> None:
    """The function word takes what its phrase holds; adverbs stand between or behind."""
    relation, word = children[function]
    place, head = next(
        (index, child) for index, (name, child) in enumerate(children) if name == "head"
    )
    argument = _argument_of(relation, word, head)
    _assign_word(word, _forward(category, argument), found)
    if relation == "cop" and not head.children:
        found[id(head)] = argument
    else:
        _assign(head, argument, found)
    for position, (name, child) in enumerate(children):
        if position == function or name == "head":
            continue
        # not stands behind its auxiliary; behind a copula with a place there is no verb phrase
        before = position < place and child.form != "not" and argument != "PP"
        _assign(child, _modifier(_VERB_PHRASE, before=before), found)


def _argument_of(relation: str, word: Node, head: Node) -> str:
    if relation == "case":
        return "PP" if head.label == "PP" else "NP"
    if relation == "mark" or word.label == "WHADVP":
        return r"S[b]\NP" if word.label == "TO" else "S[dcl]"
    if relation == "cop":
        return "PP" if head.label == "PP" else r"S[adj]\NP"
    return _backward(f"S[{_form_of(head)}]", "NP")


def _form_of(verb_phrase: Node) -> str:
    """The form of the first verb of a phrase: b, pt or pss."""
    for word in verb_phrase.words():
        if word.label == "VB":
            return "b"
        if word.label == "VBN":
            clause = word.of
            return "pss" if isinstance(clause, Clause) and clause.passive else "pt"
    return "b"


def _assign_word(word: Node, category: str, found: dict[int, str]) -> None:
    (leaf,) = word.words()
    found[id(leaf)] = category


def _headed(
    children: list[tuple[str, Node]], head: int, category: str, found: dict[int, str]
) -> None:
    """The head takes its complements; all else modifies."""
    word = children[head][1]
    arguments = []
    for relation, child in children[head + 1 :]:
        argument = _argument(relation, child)
        if argument:
            arguments.append(argument)
            _assign(child, argument, found)
        else:
            _assign(child, _modifier(category, before=False), found)
    for _, child in children[:head]:
        _assign(child, _modifier(category, before=True), found)
    if not word.children:
        if isinstance(word.of, Clause) and word.of.gap == "direct":
            arguments.append("NP")
        for argument in reversed(arguments):
            category = _forward(category, argument)
    _assign(word, category, found)


def _argument(relation: str, child: Node) -> str:
    """The category of a complement, empty for an adjunct."""
    if relation == "ccomp":
        return "S[em]" if next(child.words()).form == "that" else "S[qem]"
    if relation == "obl" and isinstance(child.of, Clause):
        return "PP"
    return _ARGUMENTS.get(relation, "")


def _inverted(children: list[tuple[str, Node]], found: dict[int, str]) -> None:
    """Auxiliary or copula, subject, the rest."""
    (relation, auxiliary), (_, subject), *rest = children
    expletive = relation == "head"
    subject_category = "NP[thr]" if expletive else "NP"
    _assign(subject, subject_category, found)
    argument = "NP" if expletive else ""
    for name, child in rest:
        if name == "head":
            argument = _argument_of(relation, auxiliary, child)
    # behind a verb that moved no verb phrase is left to be modified
    without_verb = expletive or argument == "PP"
    seen_argument = False
    for name, child in rest:
        if name in ("head", "nsubj"):
            _assign(child, argument, found)
            seen_argument = True
        elif without_verb:
            category = argument if not seen_argument else "S"
            _assign(child, _modifier(category, before=not seen_argument), found)
        else:
            _assign(child, _modifier(_VERB_PHRASE, before=not seen_argument), found)
    category = _forward("S[q]", argument) if argument else "S[q]"
    _assign_word(auxiliary, _forward(category, subject_category), found)
