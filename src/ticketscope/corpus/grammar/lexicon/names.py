"""Proper names: persons, places that take no article in German, and organisations.

A form that names two kinds of thing (Sydney, Milan, Chelsea) is listed under each.
"""

from ticketscope.corpus.grammar.lexicon.entries import Name, names

PERSONS = names(
    """
    Tom m
    Anna f
    Sydney f
    Peter m
    Maria f
    Jordan m
    Paul m
    Florence f
    Julia f
    Austin m
    Max m
    Laura f
    Chelsea f
    Lincoln m
    Emma f
    Felix m
    Victoria f
    Otto m
    Sarah f
    Milan m
    David m
    Lisa f
    Georgia f
    Ford m
    Charlotte f
    Daniel m
    Sofia f
    Washington m
    Lena f
    Martin m
    Mercedes f
    Morgan m
    Clara f
    Simon m
    Paris f
    Phoenix m
    Nina f
    Robert m
    Virginia f
    Douglas m
    Sophie f
    Thomas m
    Adelaide f
    Bentley m
    Eva f
    Jonas m
    Helen f
    Israel m
    Penny f
    Oscar m
    Alice f
    Leo m
    Nancy f
    Henry m
    Ruth f
    George m
    Ella f
    Oliver m
    Mary f
    Ben m
    """
)
PLACES = names(
    """
    Berlin l
    London l
    Sydney l
    Munich/München l
    Paris l
    Germany/Deutschland l
    Florence/Florenz l
    Vienna/Wien l
    Jordan/Jordanien l
    France/Frankreich l
    Milan/Mailand l
    England l
    Austin l
    Rome/Rom l
    Washington l
    Italy/Italien l
    Georgia/Georgien l
    Cologne/Köln l
    Victoria l
    Spain/Spanien l
    Chelsea l
    Hamburg l
    Lincoln l
    Austria/Österreich l
    Phoenix l
    Charlotte l
    Israel l
    Poland/Polen l
    Sofia l
    Japan l
    Prague/Prag l
    Virginia l
    Adelaide l
    Russia/Russland l
    Nancy l
    Moscow/Moskau l
    China l
    Warsaw/Warschau l
    Greece/Griechenland l
    Venice/Venedig l
    Canada/Kanada l
    Brussels/Brüssel l
    Sweden/Schweden l
    Geneva/Genf l
    Liverpool l
    """
)
ORGANISATIONS = names(
    """
    Siemens o
    Google o
    Chelsea o
    Amazon o
    Ford o
    Microsoft o
    Mercedes o
    Bosch o
    Otto o
    Apple o
    Morgan o
    Volkswagen o
    Douglas o
    Adidas o
    Liverpool o
    Penny o
    Ikea o
    Bentley o
    Sony o
    Nokia o
    Greenpeace o
    Porsche o
    Samsung o
    Toyota o
    """
)
NAMES: tuple[Name, ...] = (*PERSONS, *PLACES, *ORGANISATIONS)
