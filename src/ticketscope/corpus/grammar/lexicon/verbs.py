"""The verbs, a table for each frame, most frequent first.

An English form that German translates in two ways has a `sense` in every frame where it occurs;
readings inside one frame share no kind of subject, or none of object. No German verb is reflexive.
"""

from ticketscope.corpus.grammar.lexicon.entries import Verb, verbs

CARRIED = "tlcfrm"
"""Kinds of what changes hands."""
VISIBLE = "hatlcfrpisvwgbnmk"
"""Kinds of what can be seen."""

INTRANSITIVE = verbs(
    "intransitive",
    "h",
    "",
    """
    sleep/slept schlafen schläf geschlafen subjects=ha traits=durative,no-manner
    laugh lachen - gelacht traits=durative
    arrive an.kommen - angekommen aux=sein subjects=hv first=1
    work arbeiten - gearbeitet sense=work.labour traits=durative
    work funktionieren - funktioniert subjects=kv sense=work.function first=1 traits=durative
    get/got+up auf.stehen - aufgestanden aux=sein
    leave/left gehen - gegangen aux=sein sense=leave.go
    leave/left ab.fahren fähr abgefahren aux=sein subjects=v sense=leave.depart
    die sterben stirb gestorben aux=sein subjects=ha sense=die.life first=1 traits=no-manner
    die ein.gehen - eingegangen aux=sein subjects=g sense=die.plant first=1 traits=no-manner
    eat/ate/eaten essen iss gegessen sense=eat.person
    eat/ate/eaten fressen friss gefressen subjects=a sense=eat.animal
    begin/began/begun beginnen - begonnen subjects=e first=1
    fall/fell/fallen fallen fäll gefallen aux=sein subjects=hatlrf first=1 traits=no-manner
    sing/sang/sung singen - gesungen traits=durative
    wake/woke/woken+up auf.wachen - aufgewacht aux=sein subjects=ha sense=wake.self first=1
    stop/stopped/stopped an.halten hält angehalten subjects=hv sense=stop.halt
    stop/stopped/stopped auf.hören - aufgehört subjects=ex sense=stop.cease first=1
    cry weinen - geweint traits=durative
    dance tanzen - getanzt traits=durative
    play spielen - gespielt traits=durative
    disappear verschwinden - verschwunden aux=sein subjects=hatlcrxn first=1
    come/came/come+back zurück.kommen - zurückgekommen aux=sein subjects=ha first=1
    take/took/taken+place statt.finden - stattgefunden subjects=e first=1
    smile lächeln - gelächelt
    fail scheitern - gescheitert aux=sein subjects=hqi first=1
    win/won gewinnen - gewonnen
    drink/drank/drunk trinken - getrunken sense=drink.person
    drink/drank/drunk saufen säuf gesoffen subjects=a sense=drink.animal
    end enden - geendet subjects=e first=1
    give/gave/given+up auf.geben gib aufgegeben
    freeze/froze/frozen frieren - gefroren subjects=ha sense=freeze.cold first=1 traits=no-manner
    freeze/froze/frozen zu.frieren - zugefroren aux=sein subjects=w sense=freeze.ice first=1 traits=no-manner
    close schließen - geschlossen subjects=ip first=1 traits=state
    grow/grew/grown wachsen wächs gewachsen aux=sein subjects=gax sense=grow.increase first=1
    break/broke/broken zerbrechen zerbrich zerbrochen aux=sein subjects=o sense=break.object first=1 traits=state
    burn brennen - gebrannt subjects=tprgs first=1
    set/set+off auf.brechen brich aufgebrochen aux=sein
    argue streiten - gestritten traits=durative
    scream schreien - geschrien
    hurt/hurt schmerzen - geschmerzt subjects=b sense=hurt.ache first=1 traits=no-manner,state
    pass vergehen - vergangen aux=sein subjects=ux sense=pass.time first=1
    wait warten - gewartet first=1 traits=durative
    run/ran/run+away weg.laufen läuf weggelaufen aux=sein subjects=ha traits=durative
    cook kochen - gekocht
    bleed/bled bluten - geblutet subjects=hab first=1
    whisper flüstern - geflüstert
    hesitate zögern - gezögert
    bloom blühen - geblüht subjects=g
    show/showed/shown+up auf.tauchen - aufgetaucht aux=sein first=1
    boil kochen - gekocht subjects=d first=1
    cool+down ab.kühlen - abgekühlt aux=sein subjects=fd first=1
    rise/rose/risen steigen - gestiegen aux=sein subjects=w first=1
    dry+up aus.trocknen - ausgetrocknet aux=sein subjects=w first=1
    grow/grew/grown+up auf.wachsen wächs aufgewachsen aux=sein first=1
    move+in ein.ziehen - eingezogen aux=sein first=1
    pray beten - gebetet
    snore schnarchen - geschnarcht
    heal heilen - geheilt aux=sein subjects=b first=1
    explode explodieren - explodiert aux=sein subjects=vkp first=1
    rot/rotted/rotted verfaulen - verfault aux=sein subjects=fg first=1
    wither verwelken - verwelkt aux=sein subjects=g first=1
    """,
)
LOCATED = verbs(
    "located",
    "h",
    "",
    """
    live wohnen - gewohnt objects=p sense=live.reside traits=durative
    live leben - gelebt subjects=a sense=live.exist traits=durative
    work arbeiten - gearbeitet sense=work.labour traits=durative
    sit/sat sitzen - gesessen subjects=ha first=1 second=2 traits=durative
    wait warten - gewartet subjects=ha first=1 traits=durative
    stand/stood stehen - gestanden subjects=hasv first=1 second=2 traits=durative
    lie/lay/lain liegen - gelegen subjects=hatlr first=1 second=2 traits=durative
    stay bleiben - geblieben aux=sein subjects=ha first=1 second=3 traits=durative
    sleep/slept schlafen schläf geschlafen subjects=ha traits=durative,no-manner
    stop/stopped/stopped an.halten hält angehalten subjects=hv sense=stop.halt
    hang/hung hängen - gehangen subjects=c first=1 second=2
    play spielen - gespielt traits=durative
    eat/ate/eaten essen iss gegessen sense=eat.person
    eat/ate/eaten fressen friss gefressen subjects=a sense=eat.animal
    study studieren - studiert
    grow/grew/grown wachsen wächs gewachsen aux=sein subjects=g sense=grow.increase first=1
    rest ruhen - geruht subjects=ha first=1 traits=durative
    appear erscheinen - erschienen aux=sein first=1
    camp zelten - gezeltet
    """,
)
MOTION = verbs(
    "motion",
    "h",
    "",
    """
    go/went/gone gehen - gegangen aux=sein second=4 traits=directional,goal
    come/came/come kommen - gekommen aux=sein subjects=ha first=1 second=4 traits=directional,travelling
    drive/drove/driven fahren fähr gefahren aux=sein subjects=hv traits=goal
    run/ran/run laufen läuf gelaufen aux=sein subjects=ha sense=run.move second=4 traits=durative
    travel/travelled/travelled reisen - gereist aux=sein second=1 traits=goal,travelling,durative
    fly/flew/flown fliegen - geflogen aux=sein first=1 second=M-DIR traits=goal
    return zurück.kehren - zurückgekehrt aux=sein subjects=ha first=1 second=4 traits=directional,goal,travelling
    jump springen - gesprungen aux=sein subjects=ha traits=directional,upward
    move um.ziehen - umgezogen aux=sein sense=move.house first=1 second=2 traits=directional,goal
    swim/swam/swum schwimmen - geschwommen aux=sein subjects=ha
    climb klettern - geklettert aux=sein subjects=ha second=4 traits=directional,upward
    hurry eilen - geeilt aux=sein first=1 traits=directional,goal
    ride/rode/ridden reiten - geritten aux=sein
    flee/fled fliehen - geflohen aux=sein subjects=ha traits=directional,goal,travelling
    walk spazieren - spaziert aux=sein
    wander wandern - gewandert aux=sein
    creep/crept schleichen - geschlichen aux=sein subjects=ha traits=directional,upward
    march marschieren - marschiert aux=sein
    crawl kriechen - gekrochen aux=sein subjects=ha
    roll rollen - gerollt aux=sein subjects=v first=1 second=2
    hop/hopped/hopped hüpfen - gehüpft aux=sein subjects=ha
    """,
)
TRANSITIVE = verbs(
    "transitive",
    "h",
    VISIBLE,
    """
    see/saw/seen sehen sieh gesehen subjects=ha traits=stative
    find/found finden - gefunden subjects=ha
    know/knew/known kennen - gekannt objects=haprinqe sense=know.acquainted traits=durative,stative,no-passive
    buy/bought kaufen - gekauft subjects=hi objects=tlcfdrpsvgmk
    love lieben - geliebt objects=hafdrpgneqcm traits=durative,stative
    eat/ate/eaten essen iss gegessen objects=f sense=eat.person
    eat/ate/eaten fressen friss gefressen subjects=a objects=fg sense=eat.animal
    help helfen hilf geholfen case=dative objects=ha
    read/read lesen lies gelesen objects=r sense=read.self
    need brauchen - gebraucht subjects=hi objects=hatlcfdrpisvmkequx traits=stative
    leave/left verlassen verläss verlassen objects=hpiv sense=leave.place
    call+up an.rufen - angerufen objects=hi
    drink/drank/drunk trinken - getrunken objects=d sense=drink.person
    drink/drank/drunk saufen säuf gesoffen subjects=a objects=d sense=drink.animal
    miss vermissen - vermisst objects=haptcr sense=miss.long traits=stative
    miss verpassen - verpasst objects=ve sense=miss.late traits=stative
    turn+off aus.schalten - ausgeschaltet objects=k
    wear/wore/worn tragen träg getragen objects=c
    meet/met treffen triff getroffen objects=h
    write/wrote/written schreiben - geschrieben objects=r traits=durative
    catch/caught fangen fäng gefangen subjects=ha objects=a
    understand/understood verstehen - verstanden objects=hqr traits=stative
    run/ran/run leiten - geleitet objects=ie sense=run.manage traits=durative
    pick+up ab.holen - abgeholt objects=h sense=pick.fetch
    pick+up auf.heben - aufgehoben objects=tlcr sense=pick.lift
    hear/heard hören - gehört subjects=ha objects=havmke traits=stative
    follow folgen - gefolgt aux=sein case=dative subjects=ha objects=hav
    visit besuchen - besucht objects=hpi
    open öffnen - geöffnet objects=r sense=open.unclose traits=state
    open eröffnen - eröffnet objects=i sense=open.found traits=state
    ask fragen - gefragt objects=h sense=ask.question
    answer antworten - geantwortet case=dative objects=h sense=answer.person
    answer beantworten - beantwortet objects=z sense=answer.question
    thank danken - gedankt case=dative objects=h
    put/put+on an.ziehen - angezogen objects=c
    use benutzen - benutzt objects=lkvm
    drive/drove/driven fahren fähr gefahren objects=v
    draw/drew/drawn zeichnen - gezeichnet
    pull ziehen - gezogen objects=vk
    forget/forgot/forgotten vergessen vergiss vergessen objects=hqrtlceu
    break/broke/broken zerbrechen zerbrich zerbrochen objects=o sense=break.object traits=state
    break/broke/broken brechen brich gebrochen objects=b sense=break.bone traits=state
    feel/felt fühlen - gefühlt objects=x
    hurt/hurt verletzen - verletzt subjects=ha objects=hab sense=hurt.injure traits=no-manner,state
    invite ein.laden läd eingeladen subjects=hi objects=h
    play spielen - gespielt objects=m traits=durative
    sell/sold verkaufen - verkauft subjects=hi objects=tlcfdrpsvgmk
    take/took/taken nehmen nimm genommen objects=lcfdrv
    carry tragen träg getragen subjects=ha objects=atlsm
    lose/lost verlieren - verloren subjects=hi objects=tlcrxe
    save retten - gerettet objects=ha
    trust vertrauen - vertraut case=dative subjects=hi objects=hi traits=stative
    turn+on ein.schalten - eingeschaltet objects=k
    watch beobachten - beobachtet subjects=ha objects=hanw sense=watch.observe traits=durative
    watch an.sehen sieh angesehen objects=e sense=watch.view traits=durative
    build/built bauen - gebaut subjects=hi objects=psvk
    paint malen - gemalt objects=hawgni sense=paint.picture
    paint streichen - gestrichen objects=s sense=paint.coat
    clean putzen - geputzt objects=plvsk
    wash waschen wäsch gewaschen objects=acfb
    repair reparieren - repariert objects=vklms
    serve dienen - gedient case=dative objects=hi sense=serve.person
    serve servieren - serviert objects=fd sense=serve.food
    bring/brought+back zurück.bringen - zurückgebracht objects=hatlcrm
    take/took/taken+off aus.ziehen - ausgezogen objects=c
    keep/kept behalten behält behalten objects=tlcr sense=keep.retain
    keep/kept halten hält gehalten objects=a sense=keep.animals
    enjoy genießen - genossen objects=fdeux
    wake/woke/woken+up wecken - geweckt objects=ha sense=wake.other
    change ändern - geändert objects=q sense=change.alter
    change wechseln - gewechselt objects=c sense=change.swap
    cancel/cancelled/cancelled ab.sagen - abgesagt subjects=hi objects=e
    grow/grew/grown züchten - gezüchtet objects=g sense=grow.farm
    please gefallen gefäll gefallen case=dative subjects=rqecm objects=h traits=stative
    hide/hid/hidden verstecken - versteckt objects=tlcfdr sense=hide.object traits=state
    hide/hid/hidden verbergen verbirg verborgen objects=xq sense=hide.feeling traits=state
    throw/threw/thrown+away weg.werfen wirf weggeworfen objects=tlcfr
    steal/stole/stolen stehlen stiehl gestohlen subjects=h objects=tlcfrvm
    raise heben - gehoben objects=tlb sense=raise.lift
    raise groß.ziehen - großgezogen objects=ha sense=raise.child
    cross überqueren - überquert subjects=hav objects=w
    move bewegen - bewegt objects=b sense=move.shift
    prepare vor.bereiten - vorbereitet objects=e sense=prepare.plan
    prepare zu.bereiten - zubereitet objects=fd sense=prepare.food
    believe glauben - geglaubt case=dative objects=h traits=stative
    discuss besprechen besprich besprochen subjects=hi objects=qre
    accept akzeptieren - akzeptiert subjects=hi objects=qrt
    cook kochen - gekocht objects=f
    order bestellen - bestellt objects=fd sense=order.goods
    hang/hung+up auf.hängen - aufgehängt objects=c
    give/gave/given+back zurück.geben gib zurückgegeben objects=tlcrm
    give/gave/given+up auf.geben gib aufgegeben objects=qx
    close schließen - geschlossen objects=pi traits=state
    lock ab.schließen - abgeschlossen objects=p traits=state
    reach erreichen - erreicht subjects=hav objects=pwni
    attack an.greifen - angegriffen subjects=ha objects=ha
    bite/bit/bitten beißen - gebissen subjects=a objects=hab
    support unterstützen - unterstützt subjects=hi objects=hiq
    hire ein.stellen - eingestellt subjects=hi objects=h
    fire entlassen entläss entlassen subjects=hi objects=h
    destroy zerstören - zerstört subjects=he objects=psvgk
    describe beschreiben - beschrieben objects=hatprnevqx
    surprise überraschen - überrascht subjects=heqr objects=h traits=state
    congratulate gratulieren - gratuliert case=dative objects=h
    forgive/forgave/forgiven verzeihen - verziehen case=dative objects=h
    feed/fed füttern - gefüttert objects=a
    clean+up auf.räumen - aufgeräumt objects=p
    try+on an.probieren - anprobiert objects=c
    plant pflanzen - gepflanzt objects=g
    water gießen - gegossen objects=g
    reject ab.lehnen - abgelehnt subjects=hi objects=qr
    introduce vor.stellen - vorgestellt objects=h
    pour ein.schenken - eingeschenkt objects=d
    taste probieren - probiert objects=fd
    park parken - geparkt objects=v traits=state
    celebrate feiern - gefeiert objects=e
    interrupt unterbrechen unterbrich unterbrochen objects=he
    organise organisieren - organisiert subjects=hi objects=e
    convince überzeugen - überzeugt subjects=hq objects=h traits=state
    obey gehorchen - gehorcht case=dative subjects=ha objects=h
    harm schaden - geschadet case=dative subjects=hid objects=hi
    sign unterschreiben - unterschrieben objects=r
    write/wrote/written+down auf.schreiben - aufgeschrieben objects=q traits=durative
    touch berühren - berührt subjects=ha objects=hatbs
    examine untersuchen - untersucht objects=habq
    cover bedecken - bedeckt objects=sb traits=state
    fear fürchten - gefürchtet objects=haeq sense=fear.dread traits=stative
    overcome/overcame/overcome überwinden - überwunden objects=x
    show/showed/shown zeigen - gezeigt objects=x
    marry heiraten - geheiratet objects=h traits=state
    admire bewundern - bewundert
    photograph fotografieren - fotografiert objects=hapvwgnsi
    criticise kritisieren - kritisiert subjects=hi objects=hiqr
    bore langweilen - gelangweilt subjects=hreq objects=h traits=state
    frighten erschrecken - erschreckt subjects=hae objects=ha traits=state
    enter betreten betritt betreten objects=p
    tear/tore/torn+down ab.reißen - abgerissen objects=p
    tune stimmen - gestimmt objects=m
    waste vergeuden - vergeudet objects=u
    iron bügeln - gebügelt objects=c
    pollute verschmutzen - verschmutzt subjects=hi objects=w
    hunt jagen - gejagt subjects=ha objects=a
    """,
)
DITRANSITIVE = verbs(
    "ditransitive",
    "h",
    CARRIED,
    """
    give/gave/given geben gib gegeben
    show/showed/shown zeigen - gezeigt objects=tlcrpgavnmk
    send/sent schicken - geschickt subjects=hi objects=tlcrfmk
    tell/told erzählen - erzählt objects=y sense=tell.story
    read/read vor.lesen lies vorgelesen objects=r sense=read.aloud
    bring/brought bringen - gebracht objects=tlcfdrm
    offer an.bieten - angeboten subjects=hi objects=tlcfdrvmk
    sell/sold verkaufen - verkauft subjects=hi objects=tlcfdrpsvgmk
    lend/lent leihen - geliehen subjects=hi objects=tlcrvmk
    write/wrote/written schreiben - geschrieben objects=r traits=durative
    promise versprechen versprich versprochen objects=tlcrvmk second=1
    pass reichen - gereicht objects=tlfdr sense=pass.hand
    serve servieren - serviert objects=fd sense=serve.food
    leave/left hinterlassen hinterläss hinterlassen objects=tlcrps sense=leave.bequeath
    hand überreichen - überreicht objects=tlcr
    throw/threw/thrown zu.werfen wirf zugeworfen objects=tlcf
    """,
)
GOVERNING = verbs(
    "governing",
    "h",
    "h",
    """
    wait warten - gewartet objects=hve prep=for,auf first=1 second=2 traits=durative
    think/thought denken - gedacht objects=hapieqn prep=of,an
    talk sprechen sprich gesprochen objects=hpriqen prep=about,über
    work arbeiten - gearbeitet objects=qrk prep=on,an case=dative sense=work.labour traits=durative
    ask bitten - gebeten objects=tfdrc prep=for,um sense=ask.request
    dream träumen - geträumt objects=hpivnw prep=of,von case=dative traits=durative
    laugh lachen - gelacht objects=hqc prep=at,über traits=durative
    belong gehören - gehört objects=i prep=to,zu case=dative traits=stative,no-manner
    depend ab.hängen - abgehangen subjects=hqei objects=hqe prep=on,von case=dative traits=stative,no-manner
    believe glauben - geglaubt objects=qx prep=in,an traits=stative
    search suchen - gesucht subjects=ha objects=hatlcr prep=for,nach case=dative second=2 traits=durative
    suffer leiden - gelitten objects=x prep=from,unter case=dative traits=no-manner
    hope hoffen - gehofft objects=ex prep=for,auf
    participate teil.nehmen nimm teilgenommen objects=e prep=in,an case=dative
    fight/fought kämpfen - gekämpft subjects=hi objects=hi prep=against,gegen traits=durative
    write/wrote/written schreiben - geschrieben objects=hpenq prep=about,über traits=durative
    complain klagen - geklagt objects=hiqe prep=about,über
    look blicken - geblickt subjects=ha objects=hatrnwsip prep=at,auf traits=durative
    vote stimmen - gestimmt subjects=hi objects=hiq prep=for,für
    care sorgen - gesorgt objects=ha prep=for,für
    react reagieren - reagiert subjects=hi objects=eqr prep=to,auf
    smell riechen - gerochen subjects=pc objects=fd prep=of,nach case=dative first=1 second=2
    flee/fled fliehen - geflohen aux=sein subjects=ha objects=hae prep=from,vor case=dative
    """,
)
THAT = verbs(
    "that",
    "h",
    "",
    """
    know/knew/known wissen weiß gewusst facts=3,3 sense=know.fact traits=durative,stative,no-passive
    say/said sagen - gesagt facts=1.5,-0.5
    think/thought denken - gedacht facts=1,-1
    believe glauben - geglaubt facts=1,-1 traits=stative
    hope hoffen - gehofft facts=0.5,0
    find/found+out heraus.finden - herausgefunden facts=3,1
    claim behaupten - behauptet facts=0.5,-0.5
    forget/forgot/forgotten vergessen vergiss vergessen facts=3,3
    admit/admitted/admitted zu.geben gib zugegeben facts=2.5,0.5
    doubt bezweifeln - bezweifelt facts=-1,1
    deny bestreiten - bestritten facts=-1.5,1
    notice bemerken - bemerkt facts=3,2.5
    see/saw/seen sehen sieh gesehen facts=3,2 traits=stative
    hear/heard hören - gehört facts=1.5,1 traits=stative
    realise erkennen - erkannt facts=3,2.5
    dream träumen - geträumt facts=-2,-1 traits=durative
    announce an.kündigen - angekündigt facts=2,-0.5
    regret/regretted/regretted bedauern - bedauert facts=3,3
    assume an.nehmen nimm angenommen facts=1,-0.5
    prove beweisen - bewiesen facts=3,-1
    fear befürchten - befürchtet facts=0.5,0 sense=fear.worry traits=stative
    promise versprechen versprich versprochen facts=1.5,-1 second=2
    suspect vermuten - vermutet facts=1,-0.5
    confirm bestätigen - bestätigt facts=3,-0.5
    discover entdecken - entdeckt facts=3,1
    expect erwarten - erwartet facts=1,-1
    swear/swore/sworn schwören - geschworen facts=1.5,-0.5
    report berichten - berichtet facts=2,-0.5
    """,
)
WHETHER = verbs(
    "whether",
    "h",
    "",
    """
    know/knew/known wissen weiß gewusst sense=know.fact traits=durative,stative,no-passive
    ask fragen - gefragt sense=ask.question
    find/found+out heraus.finden - herausgefunden
    forget/forgot/forgotten vergessen vergiss vergessen
    check prüfen - geprüft
    decide entscheiden - entschieden sense=decide.choose
    see/saw/seen sehen sieh gesehen traits=stative
    investigate untersuchen - untersucht
    """,
)
SUBJECT_CONTROL = verbs(
    "subject_control",
    "h",
    "",
    """
    try versuchen - versucht facts=0.5,-1.5
    begin/began/begun beginnen - begonnen facts=3,-3
    promise versprechen versprich versprochen facts=1,0 second=2
    forget/forgot/forgotten vergessen vergiss vergessen facts=-3,3
    decide beschließen - beschlossen facts=2,-2 sense=decide.resolve
    start an.fangen fäng angefangen facts=3,-3
    refuse ab.lehnen - abgelehnt facts=-3,2
    hope hoffen - gehofft facts=1,0
    plan/planned/planned planen - geplant facts=1,-1
    continue fort.fahren fähr fortgefahren facts=3,-2.5
    dare wagen - gewagt facts=3,-3 second=2
    offer an.bieten - angeboten facts=1,-0.5
    threaten drohen - gedroht facts=0.5,-0.5
    learn lernen - gelernt facts=2.5,-2
    neglect versäumen - versäumt facts=-3,3
    hesitate zögern - gezögert facts=-0.5,2
    intend beabsichtigen - beabsichtigt facts=1,-1
    claim behaupten - behauptet facts=0.5,-0.5
    expect erwarten - erwartet facts=1,-1
    agree ein.willigen - eingewilligt facts=2,-2
    swear/swore/sworn schwören - geschworen facts=1.5,-0.5
    """,
)
OBJECT_CONTROL = verbs(
    "object_control",
    "h",
    "h",
    """
    tell/told sagen - gesagt case=dative dass=object facts=1,-0.5 sense=tell.order
    ask bitten - gebeten facts=1,-0.5 sense=ask.request
    help helfen hilf geholfen case=dative facts=2.5,-2
    promise versprechen versprich versprochen case=dative dass=subject facts=1,0 second=1
    allow erlauben - erlaubt case=dative facts=1.5,-2.5
    persuade überreden - überredet facts=2.5,-2 second=1
    force zwingen - gezwungen facts=3,-1 second=1
    forbid/forbade/forbidden verbieten - verboten case=dative facts=-2.5,1.5
    order befehlen befiehl befohlen case=dative facts=1.5,-0.5 sense=order.command second=1
    advise raten rät geraten case=dative facts=0.5,-0.5 second=1
    invite ein.laden läd eingeladen facts=1,-0.5 second=1
    teach/taught bei.bringen - beigebracht case=dative facts=2,-2
    urge auf.fordern - aufgefordert facts=1,-0.5 second=1
    encourage ermutigen - ermutigt facts=1.5,-0.5 second=1
    enable ermöglichen - ermöglicht case=dative facts=2,-2.5
    instruct an.weisen - angewiesen facts=1.5,-0.5 second=1
    beg/begged/begged an.flehen - angefleht facts=0.5,-0.5 second=1
    """,
)
VERBS: tuple[Verb, ...] = (
    *INTRANSITIVE,
    *LOCATED,
    *MOTION,
    *TRANSITIVE,
    *DITRANSITIVE,
    *GOVERNING,
    *THAT,
    *WHETHER,
    *SUBJECT_CONTROL,
    *OBJECT_CONTROL,
)
