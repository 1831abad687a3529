"""Adjectives and adverbs, most frequent first.

Readings of one English adjective share no kind, so that the noun tells them apart.
"""

from ticketscope.corpus.grammar.lexicon.entries import Adjective, Adverb, adjectives, adverbs

ADJECTIVES: tuple[Adjective, ...] = adjectives(
    """
    old alt hatlcrpivskmgq
    new neu htlcrpivskmq
    small klein hatlcpisvwgbnmk
    good gut hacfdrpivqemtlkg
    big groß atlcpisvwgbnmkq
    young jung hag
    beautiful schön hatcrpvwgenbm
    long lang creub
    important wichtig hrieq
    light leicht tlcm
    hard hart fsl sense=hard.firm
    hard schwierig qre sense=hard.difficult
    red rot tlcfvgbs
    tall groß ha sense=tall.person
    tall hoch/hoh ng sense=tall.high
    expensive teuer/teur tlcfdrpvkmg
    happy glücklich ha
    rich reich hi sense=rich.wealthy
    rich nahrhaft f sense=rich.food
    white weiß atlcspgbv
    short kurz creubl
    black schwarz atlcvsbm
    strange seltsam hatrpqe
    bright klug h sense=bright.clever
    bright hell nk sense=bright.shining
    poor arm ha sense=poor.needy
    poor schlecht qref sense=poor.bad
    broken kaputt tlkvms sense=broken.machine traits=absolute
    broken gebrochen b sense=broken.bone traits=absolute
    famous berühmt hprin
    blue blau tlcvsw
    heavy schwer tlkvm
    interesting interessant hrpqei
    strong stark had
    difficult schwierig qre
    smart schlau ha sense=smart.clever
    smart schick c sense=smart.elegant
    dry trocken cfsn
    friendly freundlich h
    dark dunkel/dunkl pncw
    cold kalt fdpwb
    warm warm fdcpwb
    true wahr qrx
    dangerous gefährlich aelvwn
    fair gerecht hqi sense=fair.just
    fair hell b sense=fair.skin
    cheap billig tlcfdrvkm
    green grün tlcvsgw
    hot heiß fdpk
    quick schnell hav
    tired müde/müd ha
    rough grob h sense=rough.person
    rough rau wn sense=rough.nature
    fresh frisch fdg
    sweet süß fd
    full voll opv
    empty leer opv
    public öffentlich iep traits=absolute
    secret geheim qrx
    dull langweilig re sense=dull.boring
    dull stumpf l sense=dull.blunt
    busy beschäftigt h sense=busy.person
    busy belebt p sense=busy.place
    sad traurig har
    deep tief wnx
    flat flach ns sense=flat.level
    flat schal d sense=flat.stale
    clever klug ha
    high hoch/hoh pns
    weak schwach had
    wrong falsch q traits=absolute
    thick dick rgc
    thin dünn rbc
    sharp scharf l sense=sharp.edge
    sharp scharfsinnig h sense=sharp.mind
    loud laut mke
    quiet ruhig hpeu
    slow langsam hav
    tender zart f sense=tender.food
    tender zärtlich h sense=tender.loving
    clean sauber pclwtsb
    dirty schmutzig pclwtsb
    modern modern pikvr
    simple einfach qrm
    wild wild agnw
    round rund tsb
    boring langweilig hrqe
    funny lustig hre
    brave mutig ha
    angry wütend ha
    hungry hungrig ha
    powerful mächtig hi
    yellow gelb tlcvfg
    grey grau acnb
    brown braun acsb
    wooden hölzern tlsm traits=absolute
    golden golden tcm traits=absolute
    useful nützlich lkqtr
    wet nass csgb
    narrow schmal spbw
    wide breit swcbn
    clear klar wdqxr
    soft weich cfsb
    honest ehrlich h
    kind nett h
    polite höflich h
    proud stolz h
    curious neugierig ha
    stupid dumm haqr
    lazy faul ha
    wise weise/weis h
    serious ernst hqer
    political politisch qeir traits=absolute
    private privat iev traits=absolute
    international international ie traits=absolute
    local örtlich i traits=absolute
    successful erfolgreich hie
    unknown unbekannt hqrn
    electric elektrisch kmv traits=absolute
    reliable zuverlässig hvk
    complicated kompliziert qkr
    sudden plötzlich ex
    endless endlos exu traits=absolute
    great groß xe
    blind blind hax traits=absolute
    pure rein xwd
    boundless grenzenlos x traits=absolute
    fierce heftig xe
    bitter bitter fdx
    sour sauer/saur fd
    tasty lecker fd
    raw roh f
    ripe reif f
    shallow seicht w
    calm ruhig wh
    salty salzig fw
    distant fern n
    mysterious geheimnisvoll hnp
    rocky felsig n
    snowy verschneit np
    lonely einsam hnp
    rare selten agx
    poisonous giftig ag
    blooming blühend g
    withered verwelkt g
    tropical tropisch g
    injured verletzt hab traits=absolute
    swollen geschwollen b
    sore wund b
    pale blass hb
    hairy haarig ab
    elegant elegant hcv
    comfortable bequem csv
    tight eng c
    torn zerrissen cr traits=absolute
    fashionable modisch c
    dusty staubig psk
    cosy gemütlich p
    tame zahm a
    patient geduldig h
    nervous nervös h
    strict streng h
    annual jährlich e traits=absolute
    written geschrieben r traits=absolute
    foreign ausländisch hivd traits=absolute
    precious kostbar trm
    wonderful wunderbar hrpeqc
    """
)
ADVERBS: tuple[Adverb, ...] = (
    *adverbs(
        "manner",
        """
        quickly schnell
        slowly langsam
        carefully vorsichtig
        quietly leise
        alone allein
        secretly heimlich
        happily fröhlich
        gladly gern
        patiently geduldig
        calmly ruhig
        suddenly plötzlich role=ARGM-TMP
        loudly laut
        politely höflich
        immediately sofort role=ARGM-TMP
        angrily wütend
        proudly stolz
        eagerly eifrig
        nervously nervös
        silently schweigend
        gently sanft
        voluntarily freiwillig
        """,
    ),
    *adverbs(
        "past",
        """
        yesterday gestern
        recently neulich
        last_week letzte_Woche
        last_year letztes_Jahr
        long_ago vor_langer_Zeit
        last_month letzten_Monat
        this_morning heute_Morgen
        last_night letzte_Nacht
        """,
    ),
    *adverbs(
        "present",
        """
        now jetzt
        today heute
        currently derzeit
        this_month diesen_Monat
        nowadays heutzutage
        this_week diese_Woche
        """,
    ),
    *adverbs(
        "future",
        """
        tomorrow morgen
        soon bald
        next_week nächste_Woche
        tonight heute_Abend
        next_year nächstes_Jahr
        later später
        next_month nächsten_Monat
        """,
    ),
    *adverbs(
        "frequency",
        """
        often oft
        always immer tag=AND
        never nie certainty=-1 tag=NOT role=ARGM-NEG
        sometimes manchmal
        usually normalerweise role=ARGM-ADV
        rarely selten
        frequently häufig
        constantly ständig
        regularly regelmäßig
        """,
    ),
    *adverbs(
        "place",
        """
        here hier
        there dort
        outside draußen
        upstairs oben
        inside drinnen
        downstairs unten
        everywhere überall tag=AND
        nearby in_der_Nähe
        abroad im_Ausland
        """,
    ),
    *adverbs(
        "stance",
        """
        probably wahrscheinlich certainty=0.6
        perhaps vielleicht certainty=0
        certainly sicherlich certainty=1 tag=NEC
        unfortunately leider certainty=1 tag=IST
        apparently anscheinend certainty=0.5
        fortunately glücklicherweise certainty=1 tag=IST
        allegedly angeblich certainty=0.2
        obviously offensichtlich certainty=1 tag=NEC
        possibly möglicherweise certainty=0.1
        definitely auf_jeden_Fall certainty=1 tag=NEC
        presumably vermutlich certainty=0.5
        actually tatsächlich certainty=1 tag=IST
        """,
    ),
    *adverbs(
        "degree",
        """
        very sehr
        too zu
        rather ziemlich
        really wirklich
        extremely äußerst
        particularly besonders
        incredibly unglaublich
        """,
    ),
)
