"""The nouns, a table for each main kind, most frequent first.

Forms with a `sense` have two readings whose kinds share no letter, so that a verb or an adjective
can tell them apart. Kinds and row format: `entries`.
"""

from ticketscope.corpus.grammar.lexicon.entries import Noun, nouns

HUMANS = nouns(
    "h",
    """
    man/men Mann/Männer m
    woman/women Frau/Frauen f
    child/children Kind/Kinder n sex=-
    friend Freund/Freunde m
    mother Mutter/Mütter f
    pupil Schüler m sense=pupil.school
    father Vater/Väter m
    boy Junge/Jungen m obl=Jungen
    girl Mädchen n sex=f
    teacher Lehrer m
    star Star/Stars m gen=Stars sense=star.person
    student Student/Studenten m obl=Studenten
    doctor Arzt/Ärzte m
    coach Trainer m sense=coach.sport
    brother Bruder/Brüder m
    sister Schwester/Schwestern f
    head Leiter m sense=head.chief
    son Sohn/Söhne m
    daughter Tochter/Töchter f
    neighbour Nachbar/Nachbarn m obl=Nachbarn
    ruler Herrscher m sense=ruler.king
    queen Königin/Königinnen f
    king König/Könige m
    fan Fan/Fans m gen=Fans sense=fan.person
    nurse Krankenschwester/Krankenschwestern f
    president Präsident/Präsidenten m obl=Präsidenten
    husband Ehemann/Ehemänner m
    wife/wives Ehefrau/Ehefrauen f
    subject Untertan/Untertanen m obl=Untertanen sense=subject.person
    actress Schauspielerin/Schauspielerinnen f
    model Model/Models n gen=Models sex=f sense=model.person
    lawyer Anwalt/Anwälte m
    guest Gast/Gäste m
    grandmother Großmutter/Großmütter f
    grandfather Großvater/Großväter m
    colleague Kollege/Kollegen m obl=Kollegen
    aunt Tante/Tanten f
    uncle Onkel m
    customer Kunde/Kunden m obl=Kunden
    waitress Kellnerin/Kellnerinnen f
    waiter Kellner m
    farmer Bauer/Bauern m obl=Bauern
    soldier Soldat/Soldaten m obl=Soldaten
    judge Richter m
    boss Chef/Chefs m gen=Chefs
    secretary Sekretärin/Sekretärinnen f
    policeman/policemen Polizist/Polizisten m obl=Polizisten
    actor Schauspieler m
    writer Schriftsteller m
    author Autor/Autoren m
    scientist Wissenschaftler m
    engineer Ingenieur/Ingenieure m
    dancer Tänzerin/Tänzerinnen f
    artist Künstler m
    painter Maler m
    singer Sänger m
    cook Koch/Köche m
    driver Fahrer m
    baker Bäcker m
    journalist Journalist/Journalisten m obl=Journalisten
    patient Patient/Patienten m obl=Patienten
    princess Prinzessin/Prinzessinnen f
    prince Prinz/Prinzen m obl=Prinzen
    witness Zeuge/Zeugen m obl=Zeugen
    musician Musiker m
    professor Professor/Professoren m
    hero/heroes Held/Helden m obl=Helden
    thief/thieves Dieb/Diebe m
    tourist Tourist/Touristen m obl=Touristen
    niece Nichte/Nichten f
    nephew Neffe/Neffen m obl=Neffen
    cousin Cousin/Cousins m gen=Cousins
    pilot Pilot/Piloten m obl=Piloten
    minister Minister m
    mayor Bürgermeister m
    captain Kapitän/Kapitäne m
    enemy Feind/Feinde m
    policewoman/policewomen Polizistin/Polizistinnen f
    player Spieler m
    expert Experte/Experten m obl=Experten
    poet Dichter m
    widow Witwe/Witwen f
    bride Braut/Bräute f
    gardener Gärtner m
    hunter Jäger m
    priest Priester m
    nun Nonne/Nonnen f
    witch Hexe/Hexen f
    butcher Metzger m
    philosopher Philosoph/Philosophen m obl=Philosophen
    giant Riese/Riesen m obl=Riesen
    dwarf/dwarfs Zwerg/Zwerge m
    murderer Mörder m
    """,
)
ANIMALS = nouns(
    "a",
    """
    dog Hund/Hunde m
    cat Katze/Katzen f
    horse Pferd/Pferde n
    bat Fledermaus/Fledermäuse f sense=bat.animal
    bird Vogel/Vögel m
    cow Kuh/Kühe f
    calf/calves Kalb/Kälber n sense=calf.animal
    mouse/mice Maus/Mäuse f
    seal Robbe/Robben f sense=seal.animal
    pig Schwein/Schweine n
    crane Kranich/Kraniche m sense=crane.bird
    bear Bär/Bären m obl=Bären
    fox Fuchs/Füchse m
    lion Löwe/Löwen m obl=Löwen
    mole Maulwurf/Maulwürfe m sense=mole.animal
    duck Ente/Enten f
    rabbit Kaninchen n
    bug Käfer m sense=bug.insect
    wolf/wolves Wolf/Wölfe m
    elephant Elefant/Elefanten m obl=Elefanten
    monkey Affe/Affen m obl=Affen
    goat Ziege/Ziegen f
    chicken Huhn/Hühner n
    tiger Tiger m
    snake Schlange/Schlangen f
    spider Spinne/Spinnen f
    frog Frosch/Frösche m
    bee Biene/Bienen f
    goose/geese Gans/Gänse f
    eagle Adler m
    swan Schwan/Schwäne m
    donkey Esel m
    lamb Lamm/Lämmer n
    butterfly Schmetterling/Schmetterlinge m
    camel Kamel/Kamele n
    turtle Schildkröte/Schildkröten f
    ant Ameise/Ameisen f
    owl Eule/Eulen f
    squirrel Eichhörnchen n
    hedgehog Igel m
    """,
)
THINGS = nouns(
    "t",
    """
    picture Bild/Bilder n
    key Schlüssel m
    bag Tasche/Taschen f
    match Streichholz/Streichhölzer n sense=match.fire
    ball Ball/Bälle m
    case Koffer m sense=case.luggage
    gift Geschenk/Geschenke n
    ring Ring/Ringe m
    nail Nagel/Nägel m sense=nail.metal
    glass Glas/Gläser n kinds=to
    chest Truhe/Truhen f sense=chest.box
    bottle Flasche/Flaschen f kinds=to
    lock Schloss/Schlösser n sense=lock.door
    clock Uhr/Uhren f
    cup Tasse/Tassen f kinds=to
    spring Feder/Federn f sense=spring.coil
    model Modell/Modelle n sense=model.copy
    plate Teller m kinds=to
    coin Münze/Münzen f
    seal Siegel n sense=seal.stamp
    mirror Spiegel m
    basket Korb/Körbe m
    bulb Glühbirne/Glühbirnen f
    candle Kerze/Kerzen f
    umbrella Regenschirm/Regenschirme m
    record Schallplatte/Schallplatten f
    doll Puppe/Puppen f
    stone Stein/Steine m
    ticket Fahrkarte/Fahrkarten f
    flag Fahne/Fahnen f
    toy Spielzeug/Spielzeuge n
    blanket Decke/Decken f
    pillow Kissen n
    crown Krone/Kronen f
    backpack Rucksack/Rucksäcke m
    vase Vase/Vasen f kinds=to
    statue Statue/Statuen f
    wheel Rad/Räder n
    tent Zelt/Zelte n
    bowl Schüssel/Schüsseln f kinds=to
    jug Krug/Krüge m kinds=to
    mug Becher m kinds=to
    pot Topf/Töpfe m kinds=to
    chain Kette/Ketten f
    bucket Eimer m
    button Knopf/Knöpfe m
    screw Schraube/Schrauben f
    wallet Brieftasche/Brieftaschen f
    """,
)
INSTRUMENTS = nouns(
    "m",
    """
    guitar Gitarre/Gitarren f kinds=mt
    piano/pianos Klavier/Klaviere n
    organ Orgel/Orgeln f
    violin Geige/Geigen f kinds=mt
    flute Flöte/Flöten f kinds=mt
    drum Trommel/Trommeln f kinds=mt
    trumpet Trompete/Trompeten f kinds=mt
    harp Harfe/Harfen f
    """,
)
MACHINES = nouns(
    "k",
    """
    lamp Lampe/Lampen f kinds=kt
    computer Computer m
    camera Kamera/Kameras f kinds=kt
    machine Maschine/Maschinen f
    fan Ventilator/Ventilatoren m sense=fan.air
    telephone Telefon/Telefone n kinds=kt
    radio/radios Radio/Radios n kinds=kt
    television Fernseher m
    engine Motor/Motoren m
    oven Ofen/Öfen m
    printer Drucker m
    fridge Kühlschrank/Kühlschränke m
    robot Roboter m
    heater Heizung/Heizungen f
    """,
)
TOOLS = nouns(
    "tl",
    """
    knife/knives Messer n
    pen Stift/Stifte m sense=pen.write
    hammer Hammer/Hämmer m
    bat Schläger m sense=bat.sport
    stick Stock/Stöcke m
    ruler Lineal/Lineale n sense=ruler.measure
    spoon Löffel m
    fork Gabel/Gabeln f
    bow Bogen/Bögen m sense=bow.weapon
    club Keule/Keulen f sense=club.weapon
    brush Pinsel m
    saw Säge/Sägen f
    crane Kran/Kräne m gen=Krans kinds=k sense=crane.machine
    axe Axt/Äxte f
    drill Bohrer m sense=drill.tool
    file Feile/Feilen f sense=file.tool
    ladder Leiter/Leitern f
    rope Seil/Seile n
    bar Stange/Stangen f sense=bar.metal
    pencil Bleistift/Bleistifte m
    sword Schwert/Schwerter n
    needle Nadel/Nadeln f
    shovel Schaufel/Schaufeln f
    spear Speer/Speere m
    broom Besen m
    telescope Fernrohr/Fernrohre n
    """,
)
CLOTHES = nouns(
    "c",
    """
    shirt Hemd/Hemden n
    coat Mantel/Mäntel m
    suit Anzug/Anzüge m
    dress Kleid/Kleider n
    hat Hut/Hüte m
    shoe Schuh/Schuhe m
    cape Umhang/Umhänge m sense=cape.clothes
    jacket Jacke/Jacken f
    bow Schleife/Schleifen f sense=bow.ribbon
    skirt Rock/Röcke m
    boot Stiefel m
    glove Handschuh/Handschuhe m
    scarf/scarves Schal/Schals m gen=Schals
    tie Krawatte/Krawatten f
    cap Mütze/Mützen f
    sock Socke/Socken f
    sweater Pullover m
    belt Gürtel m
    blouse Bluse/Blusen f
    uniform Uniform/Uniformen f
    apron Schürze/Schürzen f
    """,
)
FOOD = nouns(
    "f",
    """
    apple Apfel/Äpfel m
    bread/- Brot/- n
    cake Kuchen m
    egg Ei/Eier n gen=Eies
    nut Nuss/Nüsse f
    soup Suppe/Suppen f
    potato/potatoes Kartoffel/Kartoffeln f
    jam/- Marmelade/- f
    cheese/- Käse/- m
    meat/- Fleisch/- n
    banana Banane/Bananen f
    date Dattel/Datteln f sense=date.fruit
    tomato/tomatoes Tomate/Tomaten f
    rice/- Reis/- m
    salad Salat/Salate m
    sausage Wurst/Würste f
    orange Orange/Orangen f
    pear Birne/Birnen f
    butter/- Butter/- f
    onion Zwiebel/Zwiebeln f
    carrot Karotte/Karotten f
    lemon Zitrone/Zitronen f
    cherry Kirsche/Kirschen f
    biscuit Keks/Kekse m
    strawberry Erdbeere/Erdbeeren f
    mushroom Pilz/Pilze m
    sugar/- Zucker/- m
    pizza Pizza/Pizzas f
    pancake Pfannkuchen m
    noodle Nudel/Nudeln f
    grape Traube/Trauben f
    plum Pflaume/Pflaumen f
    peach Pfirsich/Pfirsiche m
    """,
)
DRINKS = nouns(
    "d",
    """
    water/- Wasser/- n
    coffee/- Kaffee/- m
    port/- Portwein/- m sense=port.wine
    milk/- Milch/- f
    tea/- Tee/- m
    wine/- Wein/- m
    beer/- Bier/- n
    juice/- Saft/- m
    lemonade/- Limonade/- f
    cocoa/- Kakao/- m
    champagne/- Champagner/- m
    rum/- Rum/- m gen=Rums
    """,
)
READABLES = nouns(
    "r",
    """
    book Buch/Bücher n gen=Buches
    letter Brief/Briefe m kinds=rz sense=letter.mail
    newspaper Zeitung/Zeitungen f
    bill Rechnung/Rechnungen f sense=bill.money
    story Geschichte/Geschichten f kinds=ry
    report Bericht/Berichte m
    file Akte/Akten f sense=file.papers
    message Nachricht/Nachrichten f kinds=rz
    spreadsheet Tabelle/Tabellen f
    poem Gedicht/Gedichte n
    article Artikel m
    contract Vertrag/Verträge m
    novel Roman/Romane m
    list Liste/Listen f
    map Karte/Karten f
    diary Tagebuch/Tagebücher n
    recipe Rezept/Rezepte n
    magazine Zeitschrift/Zeitschriften f
    text Text/Texte m gen=Textes
    postcard Postkarte/Postkarten f kinds=rz
    essay Aufsatz/Aufsätze m
    dictionary Wörterbuch/Wörterbücher n
    """,
)
PLACES = nouns(
    "p",
    """
    house Haus/Häuser n
    school Schule/Schulen f
    city Stadt/Städte f
    room Zimmer n
    yard Hof/Höfe m gen=Hofes
    garden Garten/Gärten m
    kitchen Küche/Küchen f
    port Hafen/Häfen m sense=port.harbour
    church Kirche/Kirchen f
    park Park/Parks m gen=Parks
    bar Bar/Bars f sense=bar.pub
    office Büro/Büros n
    shop Laden/Läden m
    forest Wald/Wälder m
    temple Tempel m sense=temple.church
    village Dorf/Dörfer n
    hotel Hotel/Hotels n
    station Bahnhof/Bahnhöfe m
    restaurant Restaurant/Restaurants n
    pen Gehege n sense=pen.cage
    museum Museum/Museen n
    hospital Krankenhaus/Krankenhäuser n
    library Bibliothek/Bibliotheken f
    castle Burg/Burgen f
    theatre Theater n
    cellar Keller m
    prison Gefängnis/Gefängnisse n gen=Gefängnisses
    tower Turm/Türme m
    factory Fabrik/Fabriken f
    valley Tal/Täler n
    cinema Kino/Kinos n
    hall Halle/Hallen f
    capital Hauptstadt/Hauptstädte f
    bathroom Badezimmer n
    bedroom Schlafzimmer n
    palace Palast/Paläste m
    cave Höhle/Höhlen f
    bakery Bäckerei/Bäckereien f
    stadium Stadion/Stadien n
    zoo/zoos Zoo/Zoos m
    garage Garage/Garagen f
    workshop Werkstatt/Werkstätten f
    desert Wüste/Wüsten f
    stable Stall/Ställe m
    cottage Hütte/Hütten f
    pharmacy Apotheke/Apotheken f
    laboratory Labor/Labore n
    barn Scheune/Scheunen f
    corridor Flur/Flure m gen=Flurs
    cathedral Dom/Dome m gen=Doms
    """,
)
INSTITUTIONS = nouns(
    "i",
    """
    company Firma/Firmen f
    bank Bank/Banken f sense=bank.money
    government Regierung/Regierungen f
    club Verein/Vereine m sense=club.society
    university Universität/Universitäten f kinds=ip
    party Partei/Parteien f sense=party.politics
    plant Werk/Werke n kinds=ip sense=plant.factory
    court Gericht/Gerichte n kinds=ip
    ministry Ministerium/Ministerien n
    army Armee/Armeen f
    union Gewerkschaft/Gewerkschaften f
    publisher Verlag/Verlage m
    agency Agentur/Agenturen f
    parliament Parlament/Parlamente n
    embassy Botschaft/Botschaften f kinds=ip
    institute Institut/Institute n kinds=ip
    foundation Stiftung/Stiftungen f
    airline Fluggesellschaft/Fluggesellschaften f
    association Verband/Verbände m
    brewery Brauerei/Brauereien f kinds=ip
    """,
)
SURFACES = nouns(
    "s",
    """
    table Tisch/Tische m
    bed Bett/Betten n
    chair Stuhl/Stühle m
    box Kiste/Kisten f
    floor Boden/Böden m
    desk Schreibtisch/Schreibtische m
    roof Dach/Dächer n gen=Daches
    bench Bank/Bänke f
    bridge Brücke/Brücken f
    sofa Sofa/Sofas n
    wall Mauer/Mauern f
    shelf/shelves Regal/Regale n
    carpet Teppich/Teppiche m
    stage Bühne/Bühnen f
    balcony Balkon/Balkone m
    platform Bahnsteig/Bahnsteige m
    terrace Terrasse/Terrassen f
    """,
)
VEHICLES = nouns(
    "v",
    """
    car Auto/Autos n
    train Zug/Züge m gen=Zuges
    bus Bus/Busse m gen=Busses
    coach Reisebus/Reisebusse m gen=Reisebusses sense=coach.bus
    ship Schiff/Schiffe n
    boat Boot/Boote n
    taxi Taxi/Taxis n
    tram Straßenbahn/Straßenbahnen f
    lorry Lastwagen m
    van Lieferwagen m
    ferry Fähre/Fähren f
    motorbike Motorrad/Motorräder n
    tractor Traktor/Traktoren m
    carriage Kutsche/Kutschen f
    sledge Schlitten m
    """,
)
WATERS = nouns(
    "w",
    """
    river Fluss/Flüsse m
    sea Meer/Meere n
    spring Quelle/Quellen f sense=spring.water
    lake See/Seen m
    ocean Ozean/Ozeane m
    stream Bach/Bäche m gen=Baches
    pond Teich/Teiche m gen=Teiches
    bay Bucht/Buchten f
    canal Kanal/Kanäle m
    waterfall Wasserfall/Wasserfälle m
    well Brunnen m
    """,
)
LANDSCAPE = nouns(
    "n",
    """
    mountain Berg/Berge m
    bank Ufer n sense=bank.river
    star Stern/Sterne m sense=star.sky
    island Insel/Inseln f
    cape Kap/Kaps n gen=Kaps sense=cape.coast
    hill Hügel m
    moon Mond/Monde m
    cloud Wolke/Wolken f
    rock Felsen m
    planet Planet/Planeten m obl=Planeten
    volcano/volcanoes Vulkan/Vulkane m
    cliff Klippe/Klippen f
    glacier Gletscher m
    """,
)
PLANTS = nouns(
    "g",
    """
    tree Baum/Bäume m
    flower Blume/Blumen f
    plant Pflanze/Pflanzen f sense=plant.botany
    rose Rose/Rosen f
    palm Palme/Palmen f sense=palm.tree
    bush Busch/Büsche m
    leaf/leaves Blatt/Blätter n
    oak Eiche/Eichen f
    hedge Hecke/Hecken f
    tulip Tulpe/Tulpen f
    lily Lilie/Lilien f
    fir Tanne/Tannen f
    herb Kraut/Kräuter n
    cactus Kaktus/Kakteen m gen=Kaktus
    fern Farn/Farne m
    """,
)
EVENTS = nouns(
    "e",
    """
    meeting Sitzung/Sitzungen f
    match Spiel/Spiele n sense=match.game
    party Feier/Feiern f sense=party.event
    war Krieg/Kriege m
    date Verabredung/Verabredungen f sense=date.event
    concert Konzert/Konzerte n
    wedding Hochzeit/Hochzeiten f
    journey Reise/Reisen f
    trial Prozess/Prozesse m
    exam Prüfung/Prüfungen f
    conversation Gespräch/Gespräche n
    election Wahl/Wahlen f
    drill Übung/Übungen f sense=drill.exercise
    lecture Vorlesung/Vorlesungen f
    dinner Abendessen n
    speech Rede/Reden f
    break Pause/Pausen f
    storm Sturm/Stürme m
    festival Fest/Feste n
    accident Unfall/Unfälle m
    conference Konferenz/Konferenzen f
    breakfast Frühstück/Frühstücke n
    race Rennen n
    birthday Geburtstag/Geburtstage m
    flight Flug/Flüge m gen=Fluges
    trip Ausflug/Ausflüge m
    interview Interview/Interviews n
    operation Operation/Operationen f
    strike Streik/Streiks m gen=Streiks
    battle Schlacht/Schlachten f
    funeral Beerdigung/Beerdigungen f
    rehearsal Probe/Proben f
    """,
)
IDEAS = nouns(
    "q",
    """
    question Frage/Fragen f kinds=qz
    idea Idee/Ideen f
    problem Problem/Probleme n
    case Fall/Fälle m sense=case.matter
    plan Plan/Pläne m gen=Plans
    answer Antwort/Antworten f
    letter Buchstabe/Buchstaben m obl=Buchstaben gen=Buchstabens sense=letter.alphabet
    truth Wahrheit/Wahrheiten f kinds=qy
    reason Grund/Gründe m
    subject Thema/Themen n sense=subject.topic
    name Name/Namen m obl=Namen gen=Namens
    secret Geheimnis/Geheimnisse n gen=Geheimnisses kinds=qy
    language Sprache/Sprachen f
    word Wort/Wörter n
    rule Regel/Regeln f
    bug Fehler m sense=bug.error
    decision Entscheidung/Entscheidungen f
    number Zahl/Zahlen f
    mistake Fehler m
    opinion Meinung/Meinungen f
    theory Theorie/Theorien f
    fact Tatsache/Tatsachen f
    solution Lösung/Lösungen f
    proposal Vorschlag/Vorschläge m
    thought Gedanke/Gedanken m obl=Gedanken gen=Gedankens
    dream Traum/Träume m kinds=qy
    wish Wunsch/Wünsche m
    memory Erinnerung/Erinnerungen f
    price Preis/Preise m
    lie Lüge/Lügen f kinds=qy
    method Methode/Methoden f
    advantage Vorteil/Vorteile m
    risk Risiko/Risiken n
    rumour Gerücht/Gerüchte n kinds=qy
    joke Witz/Witze m kinds=qy
    legend Sage/Sagen f kinds=ry
    """,
)
BODY = nouns(
    "b",
    """
    hand Hand/Hände f traits=acting
    head Kopf/Köpfe m sense=head.body
    eye Auge/Augen n
    arm Arm/Arme m gen=Arms traits=acting
    chest Brustkorb/Brustkörbe m sense=chest.body
    face Gesicht/Gesichter n
    foot/feet Fuß/Füße m traits=acting
    nail Fingernagel/Fingernägel m sense=nail.finger
    leg Bein/Beine n
    mouth Mund/Münder m
    calf/calves Wade/Waden f sense=calf.leg
    finger Finger m traits=acting
    stomach/stomachs Magen/Mägen m
    temple Schläfe/Schläfen f sense=temple.head
    nose Nase/Nasen f
    tongue Zunge/Zungen f
    palm Handfläche/Handflächen f sense=palm.hand
    shoulder Schulter/Schultern f
    pupil Pupille/Pupillen f sense=pupil.eye
    knee Knie n traits=acting
    ear Ohr/Ohren n
    tooth/teeth Zahn/Zähne m
    mole Muttermal/Muttermale n sense=mole.skin
    back Rücken m
    lock Locke/Locken f sense=lock.hair
    neck Hals/Hälse m
    bill Schnabel/Schnäbel m sense=bill.bird
    trunk Rüssel m
    tail Schwanz/Schwänze m
    lap Schoß/Schöße m
    wing Flügel m
    thumb Daumen m traits=acting
    cheek Wange/Wangen f
    lip Lippe/Lippen f
    """,
)
UNITS = nouns(
    "u",
    """
    day Tag/Tage m
    year Jahr/Jahre n
    hour Stunde/Stunden f
    week Woche/Wochen f
    minute Minute/Minuten f
    month Monat/Monate m
    night Nacht/Nächte f
    second Sekunde/Sekunden f
    decade Jahrzehnt/Jahrzehnte n
    """,
)
FEELINGS = nouns(
    "x",
    """
    love/- Liebe/- f kinds=xj
    fear/- Angst/- f
    joy/- Freude/- f kinds=xj
    hope/- Hoffnung/- f
    anger/- Wut/- f
    courage/- Mut/- m kinds=xj
    hunger/- Hunger/- m
    pride/- Stolz/- m kinds=xj
    hatred/- Hass/- m
    patience/- Geduld/- f kinds=xj
    grief/- Trauer/- f
    curiosity/- Neugier/- f
    envy/- Neid/- m
    jealousy/- Eifersucht/- f
    shame/- Scham/- f
    caution/- Vorsicht/- f kinds=xj
    enthusiasm/- Begeisterung/- f kinds=xj
    thirst/- Durst/- m
    """,
)
NOUNS: tuple[Noun, ...] = (
    *HUMANS,
    *ANIMALS,
    *THINGS,
    *INSTRUMENTS,
    *MACHINES,
    *TOOLS,
    *CLOTHES,
    *FOOD,
    *DRINKS,
    *READABLES,
    *PLACES,
    *INSTITUTIONS,
    *SURFACES,
    *VEHICLES,
    *WATERS,
    *LANDSCAPE,
    *PLANTS,
    *EVENTS,
    *IDEAS,
    *BODY,
    *UNITS,
    *FEELINGS,
)
