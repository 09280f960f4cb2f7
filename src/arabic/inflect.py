"""Third-person forms of Arabic verbs and the accusative participles, folded and without tashkeel.

A form comes with its `Agreement`: (feminine, plural), None where the form does not tell; a dual counts as
plural.
"""

from .normalise import fold

Agreement = tuple[bool | None, bool | None]

PRONOUNS = ("ه", "ها", "هم", "هما", "هن", "ني", "نا")
"""The attached pronouns, of objects and of possession."""
_MASCULINE: Agreement = (False, False)
_FEMININE: Agreement = (True, False)


def verb_forms(perfect: str, imperfect: str) -> dict[str, Agreement]:
    """Return the forms of a verb given as its third person masculine singular («قال», «يقول»).

    Perfect and imperfect, with the future prefix and with object pronouns («وصفته», «اتهموه»). Weak verbs are
    told by their last letter. Tashkeel must have been removed.
    """
    forms: dict[str, Agreement] = {}
    for form, agreement in (*_perfect(perfect), *_imperfect(imperfect)):
        forms.setdefault(fold(form), agreement)
        for pronoun in PRONOUNS:
            forms.setdefault(fold(_before_pronoun(form) + pronoun), agreement)
    return forms


def participle_forms(masculine: str) -> dict[str, Agreement]:
    """Return the forms («قائلا», «قائلة»…) of a participle that is given in the nominative («قائل»).

    A participle in ي («داعي») drops it before a masculine plural.
    """
    masculine = fold(masculine)
    stem = masculine.removesuffix("ي")
    return {
        masculine + "ا": _MASCULINE,
        masculine + "ة": _FEMININE,
        stem + "ين": (False, True),
        masculine + "ان": (False, True),
        masculine + "تين": (True, True),
        masculine + "تان": (True, True),
        masculine + "ات": (True, True),
    }


def _perfect(stem: str) -> list[tuple[str, Agreement]]:
    if stem[-1] in "اى" and len(stem) > 2:
        root = stem[:-1]
        feminine, plural = root + "ت", root + "وا"
        is_waw = stem[-1] == "ا"
        masculine_dual, feminine_plural = root + ("وا" if is_waw else "يا"), root + ("ون" if is_waw else "ين")
    else:
        feminine, plural, masculine_dual = stem + "ت", stem + "وا", stem + "ا"
        is_hollow = stem[-2] == "ا"
        feminine_plural = (stem[:-2] + stem[-1] if is_hollow else stem) + "ن"
    return [
        (stem, _MASCULINE),
        (feminine, _FEMININE),
        (plural, (False, True)),
        (feminine + "ا", (True, True)),
        (masculine_dual, (False, True)),
        (feminine_plural, (True, True)),
    ]


def _imperfect(stem: str) -> list[tuple[str, Agreement]]:
    root = stem[1:]
    is_weak = root[-1] in "يىو"
    plural = root[:-1] if is_weak else root
    dual = root[:-1] + "ي" if root.endswith("ى") else root
    forms: list[tuple[str, Agreement]] = [
        ("ي" + root, _MASCULINE),
        ("ت" + root, _FEMININE),
        ("ي" + plural + "ون", (False, True)),
        ("ي" + plural + "وا", (False, True)),
        ("ي" + dual + "ان", (False, True)),
        ("ت" + dual + "ان", (True, True)),
        ("ي" + dual + "ن", (True, True)),
    ]
    return forms + [("س" + form, agreement) for form, agreement in forms]


def _before_pronoun(form: str) -> str:
    if form.endswith("وا"):
        return form[:-1]
    return form[:-1] + "ا" if form.endswith("ى") else form
