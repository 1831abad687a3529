"""Professions: how many of those who work in them are women, and what they are called in German.

The shares are facts of a public statistic: U.S. Bureau of Labor Statistics, Labor Force Statistics
from the Current Population Survey, Table 11, "Employed persons by detailed occupation, sex, race,
and Hispanic or Latino ethnicity", annual averages 2022 (https://www.bls.gov/cps/cpsaat11.htm).
WinoBias took its stereotypes from the table of an earlier year (Zhao et al. 2018). What most people
in a profession are is what it stands for here: below half women it is stereotypically male.

The German nouns are those that translators choose, written as `german_nouns` reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Gender = Literal["male", "female"]


@dataclass(frozen=True)
class Profession:
    """Args:
    name: in English.
    nouns: the German nouns for it, between blanks.
    row: the row of the statistic that counts it; "" where none does.
    women: per cent of women in it; None where no row counts it.
    """

    name: str
    nouns: str
    row: str = ""
    women: float | None = None

    @property
    def stereotype(self) -> Gender | None:
        """What most people in it are."""
        if self.women is None:
            return None
        return "female" if self.women >= 50 else "male"


MALE: Final = (
    Profession("carpenter", "Zimmermann/Zimmerfrau Zimmerer Tischler Schreiner", "Carpenters", 3.5),
    Profession("electrician", "Elektriker Elektroinstallateur Elektroniker", "Electricians", 2.2),
    Profession(
        "plumber",
        "Klempner Installateur Spengler Rohrleger",
        "Plumbers, pipefitters, and steamfitters",
        1.1,
    ),
    Profession(
        "mechanic", "Mechaniker Monteur", "Automotive service technicians and mechanics", 2.9
    ),
    Profession("roofer", "Dachdecker", "Roofers", 5.0),
    Profession("welder", "Schweißer", "Welding, soldering, and brazing workers", 5.1),
    Profession("painter", "Maler Anstreicher", "Painters and paperhangers", 10.5),
    Profession("firefighter", "Feuerwehrmann/Feuerwehrfrau Feuerwehrler", "Firefighters", 6.2),
    Profession(
        "police officer",
        "Polizist~ Polizeibeamte+/Polizeibeamtin Polizeioffizier",
        "Police officers",
        12.7,
    ),
    Profession(
        "truck driver",
        "Fahrer Kraftfahrer Fernfahrer Lastwagenfahrer Trucker",
        "Driver/sales workers and truck drivers",
        8.1,
    ),
    Profession("pilot", "Pilot~", "Aircraft pilots and flight engineers", 9.2),
    Profession("engineer", "Ingenieur Techniker", "Engineers, all other", 14.9),
    Profession("programmer", "Programmierer", "Computer programmers", 22.1),
    Profession(
        "butcher",
        "Metzger Fleischer Schlachter Fleischhauer",
        "Butchers and other meat, poultry, and fish processing workers",
        25.4,
    ),
    Profession("construction worker", "Bauarbeiter Arbeiter", "Construction laborers", 4.9),
    Profession(
        "guard",
        "Wächter Wachmann/Wachfrau Wärter Aufseher Sicherheitsbeamte+/Sicherheitsbeamtin "
        "Wachposten? Wache?",
        "Security guards and gambling surveillance officers",
        24.3,
    ),
    Profession(
        "farmer",
        "Bauer~/Bäuerin Landwirt",
        "Farmers, ranchers, and other agricultural managers",
        23.9,
    ),
    Profession("bricklayer", "Maurer", "Brickmasons, blockmasons, and stonemasons", 3.0),
    Profession(
        "detective",
        "Detektiv Kommissar Ermittler Kriminalbeamte+/Kriminalbeamtin",
        "Detectives and criminal investigators",
        27.6,
    ),
    Profession("musician", "Musiker Musikant~", "Musicians and singers", 25.7),
)
"""Of the built-in set, stereotypically male: at most three of ten are women."""
FEMALE: Final = (
    Profession(
        "nurse",
        "Krankenpfleger Pfleger /Krankenschwester /Schwester Krankenpflegekraft? Pflegekraft?",
        "Registered nurses",
        87.9,
    ),
    Profession(
        "receptionist",
        "Rezeptionist~ Empfangsmitarbeiter Empfangschef /Empfangsdame Empfangskraft?",
        "Receptionists and information clerks",
        90.3,
    ),
    Profession(
        "secretary",
        "Sekretär",
        "Secretaries and administrative assistants, except legal, medical, and executive",
        92.5,
    ),
    Profession(
        "hairdresser",
        "Friseur Frisör /Friseuse Coiffeur /Coiffeuse",
        "Hairdressers, hairstylists, and cosmetologists",
        93.1,
    ),
    Profession("librarian", "Bibliothekar", "Librarians and media collections specialists", 82.2),
    Profession("cashier", "Kassierer Kassier Kassenkraft?", "Cashiers", 71.8),
    Profession(
        "housekeeper",
        "Haushälter Hauswirtschafter /Haushaltshilfe /Hausfrau",
        "Maids and housekeeping cleaners",
        88.1,
    ),
    Profession(
        "kindergarten teacher",
        "Erzieher Kindergärtner Kindergartenlehrer",
        "Preschool and kindergarten teachers",
        97.4,
    ),
    Profession(
        "dental assistant",
        "Zahnarzthelfer Zahnarztassistent~ Zahnassistent~ Zahnmedizinassistent~",
        "Dental assistants",
        94.1,
    ),
    Profession(
        "dietitian",
        "Diätassistent~ Ernährungsberater Diätberater Diätologe~ Ernährungswissenschaftler",
        "Dietitians and nutritionists",
        88.0,
    ),
    Profession(
        "speech therapist",
        "Logopäde~ Sprachtherapeut~ Sprechtherapeut~",
        "Speech-language pathologists",
        97.6,
    ),
    Profession(
        "occupational therapist",
        "Ergotherapeut~ Beschäftigungstherapeut~ Arbeitstherapeut~",
        "Occupational therapists",
        85.9,
    ),
    Profession(
        "physical therapist",
        "Physiotherapeut~ Krankengymnast~ Physiotherapist~",
        "Physical therapists",
        70.2,
    ),
    Profession(
        "social worker", "Sozialarbeiter Sozialpädagoge~", "Social workers, all other", 81.5
    ),
    Profession("florist", "Florist~ Blumenhändler Blumenverkäufer", "Floral designers", 90.8),
    Profession("bookkeeper", "Buchhalter", "Bookkeeping, accounting, and auditing clerks", 85.0),
    Profession("psychologist", "Psychologe~", "Other psychologists", 75.0),
    Profession("interpreter", "Dolmetscher Übersetzer", "Interpreters and translators", 76.9),
    Profession("tailor", "Schneider", "Tailors, dressmakers, and sewers", 78.2),
    Profession("teacher", "Lehrer Lehrkraft?", "Elementary and middle school teachers", 79.7),
)
"""Likewise, stereotypically female: at least seven of ten are women."""
_OTHERS: Final = (
    Profession("driver", "Fahrer", "Driver/sales workers and truck drivers", 8.1),
    Profession(
        "supervisor",
        "Vorgesetzte+ Aufseher Betreuer Leiter Vorarbeiter Supervisor Aufsichtskraft? "
        "Aufsichtsperson?",
        "First-line supervisors of retail sales workers",
        45.2,
    ),
    Profession(
        "janitor",
        "Hausmeister Hauswart Pförtner Raumpfleger Reinigungskraft? /Putzfrau",
        "Janitors and building cleaners",
        40.2,
    ),
    Profession("cook", "Koch/Köchin", "Cooks", 38.4),
    Profession(
        "mover",
        "Umzugshelfer Möbelpacker Spediteur Umzugsarbeiter Umzugsunternehmer "
        "Umzugsmann/Umzugsfrau Mover",
        "Laborers and freight, stock, and material movers, hand",
        22.4,
    ),
    Profession(
        "laborer",
        "Arbeiter Hilfsarbeiter Tagelöhner",
        "Laborers and freight, stock, and material movers, hand",
        22.4,
    ),
    Profession("chief", "Chef Häuptling Leiter Vorsitzende+", "Chief executives", 29.2),
    Profession(
        "ceo",
        "Geschäftsführer Vorstandsvorsitzende+ Chef CEO? Vorstand? Direktor",
        "Chief executives",
        29.2,
    ),
    Profession("developer", "Entwickler", "Software developers", 21.5),
    Profession(
        "manager", "Manager Leiter Geschäftsführer Führungskraft?", "Managers, all other", 36.1
    ),
    Profession("lawyer", "Anwalt/Anwältin Rechtsanwalt/Rechtsanwältin Jurist~", "Lawyers", 38.5),
    Profession("salesperson", "Verkäufer Vertreter Händler", "Retail salespersons", 49.4),
    Profession("physician", "Arzt/Ärztin Doktor Mediziner", "Other physicians", 43.8),
    Profession("analyst", "Analyst~ Analytiker", "Financial and investment analysts", 40.2),
    Profession("sheriff", "Sheriff", "Police officers", 12.7),
    Profession(
        "attendant",
        "Begleiter Flugbegleiter Wärter Aufseher Betreuer Diener Angestellte+ Bedienstete+ "
        "Begleitperson?",
        "Flight attendants",
        69.9,
    ),
    Profession(
        "assistant",
        "Assistent~ Gehilfe~ Helfer",
        "Secretaries and administrative assistants, except legal, medical, and executive",
        92.5,
    ),
    Profession(
        "auditor",
        "Prüfer Rechnungsprüfer Wirtschaftsprüfer Revisor Auditor",
        "Accountants and auditors",
        58.8,
    ),
    Profession(
        "cleaner",
        "Reiniger Putzer Raumpfleger Putzmann/Putzfrau Reinigungskraft? Putzkraft?",
        "Maids and housekeeping cleaners",
        88.1,
    ),
    Profession(
        "clerk",
        "Angestellte+ Sachbearbeiter Schreiber Sekretär Beamte+/Beamtin",
        "Office clerks, general",
        84.3,
    ),
    Profession(
        "counselor",
        "Berater Betreuer Ratgeber Therapeut~",
        "Educational, guidance, and career counselors and advisors",
        75.3,
    ),
    Profession("designer", "Designer Gestalter Konstrukteur", "Graphic designers", 53.7),
    Profession("writer", "Schriftsteller Autor Schreiber Verfasser", "Writers and authors", 57.3),
    Profession("baker", "Bäcker", "Bakers", 63.6),
    Profession(
        "accountant", "Buchhalter Wirtschaftsprüfer Steuerberater", "Accountants and auditors", 58.8
    ),
    Profession("editor", "Redakteur Herausgeber Lektor Editor", "Editors", 66.0),
    Profession("patient", "Patient~"),
    Profession("customer", "Kunde~"),
    Profession("student", "Student~ Schüler"),
    Profession("client", "Klient~ Mandant~ Kunde~ Auftraggeber"),
    Profession("visitor", "Besucher"),
    Profession("homeowner", "Hausbesitzer Eigenheimbesitzer Hauseigentümer"),
    Profession("worker", "Arbeiter"),
    Profession("witness", "Zeuge~"),
    Profession("veterinarian", "Tierarzt/Tierärztin Veterinär", "Veterinarians", 69.8),
    Profession("therapist", "Therapeut~", "Therapists, all other", 79.4),
    Profession("technician", "Techniker"),
    Profession("taxpayer", "Steuerzahler"),
    Profession("surgeon", "Chirurg~"),
    Profession("specialist", "Spezialist~ Facharzt/Fachärztin Fachmann/Fachfrau"),
    Profession("scientist", "Wissenschaftler Naturwissenschaftler"),
    Profession("planner", "Planer"),
    Profession("pharmacist", "Apotheker Pharmazeut~", "Pharmacists", 59.6),
    Profession("pathologist", "Pathologe~"),
    Profession("paramedic", "Sanitäter Rettungssanitäter", "Paramedics", 23.6),
    Profession("nutritionist", "Ernährungsberater Ernährungswissenschaftler"),
    Profession("machinist", "Maschinist~ Mechaniker", "Machinists", 6.8),
    Profession("officer", "Offizier Beamte+/Beamtin Polizist~"),
    Profession("investigator", "Ermittler"),
    Profession("instructor", "Ausbilder Lehrer Dozent~ Kursleiter"),
    Profession("inspector", "Inspektor Prüfer Kontrolleur"),
    Profession("examiner", "Prüfer Gutachter"),
    Profession("educator", "Pädagoge~ Erzieher"),
    Profession("doctor", "Arzt/Ärztin Doktor"),
    Profession("chemist", "Chemiker", "Chemists and materials scientists", 46.3),
    Profession("chef", "Koch/Köchin Chefkoch/Chefköchin Küchenchef", "Chefs and head cooks", 26.9),
    Profession("broker", "Makler Broker"),
    Profession("bartender", "Barkeeper Barmann/Barfrau Kellner", "Bartenders", 59.0),
    Profession("architect", "Architekt~", "Architects, except landscape and naval", 29.8),
    Profession("appraiser", "Gutachter Schätzer Sachverständige+"),
    Profession("advisor", "Berater Ratgeber"),
    Profession("administrator", "Verwalter Administrator Verwaltungsangestellte+"),
    Profession("teenager", "Teenager? Jugendliche+"),
    Profession("resident", "Bewohner Anwohner Einwohner Assistenzarzt/Assistenzärztin"),
    Profession("protester", "Demonstrant~"),
    Profession("pedestrian", "Fußgänger"),
    Profession("passenger", "Passagier Fahrgast? Beifahrer"),
    Profession("owner", "Besitzer Eigentümer Inhaber"),
    Profession("onlooker", "Zuschauer Schaulustige+"),
    Profession("employee", "Angestellte+ Mitarbeiter Arbeitnehmer"),
    Profession("bystander", "Zuschauer Passant~"),
    Profession("buyer", "Käufer"),
)
"""Further ones that WinoMT asks for, and what else may stand beside them in a sentence."""
PROFESSIONS: Final[Mapping[str, Profession]] = MappingProxyType(
    {profession.name: profession for profession in (*MALE, *FEMALE, *_OTHERS)}
)
"""All by name."""
