"""Data for recognising languages: their scripts, and the function words of those in Latin script.

The lists were written for this project. A word is in the list of every language that has it.
"""

#: Languages and their scripts. Languages in Latin script are recognised by their words.
SCRIPT_OF = {
    **dict.fromkeys(("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "pl", "tr", "fi", "ro", "id"), "latin"),
    **dict.fromkeys(("ru", "uk", "bg"), "cyrillic"),
    **dict.fromkeys(("ar", "fa", "ur"), "arabic"),
    **dict.fromkeys(("hi", "mr", "ne"), "devanagari"),
    "el": "greek",
    "he": "hebrew",
    "th": "thai",
    "ko": "hangul",
    "ja": "japanese",
    "zh": "han",
}

#: First and last code point of each script's blocks. A text with kana is Japanese, even with Han characters.
BLOCKS = (
    ("latin", 0x41, 0x24F),
    ("latin", 0x1E00, 0x1EFF),
    ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x52F),
    ("hebrew", 0x590, 0x5FF),
    ("arabic", 0x600, 0x77F),
    ("devanagari", 0x900, 0x97F),
    ("thai", 0xE00, 0xE7F),
    ("hangul", 0x1100, 0x11FF),
    ("hangul", 0xAC00, 0xD7A3),
    ("japanese", 0x3040, 0x30FF),
    ("han", 0x3400, 0x9FFF),
)

_LISTS = {
    "en": "the of and to in is that for it with as was on are be this by from at or have an not which you we "
    "they their has will can but what there would were been if more about your when do does so than its "
    "these those how",
    "de": "der die das und ist nicht mit von für auf ein eine einen dem den des zu im sich auch als es an "
    "werden wird aus er sie ich wir ihr bei oder nach dass kann haben hat sind war wie über um nur noch "
    "durch zum zur diese dieser",
    "fr": "le la les de des du et est en un une que qui dans pour pas sur au aux avec ce cette ces il elle nous "
    "vous ils par plus ou mais son sa ses sont a été être avoir peut comme leur tout ne se je d l",
    "es": "el la los las de del y en que es un una por con no para se su sus al lo como más pero o este esta "
    "son ha fue ser está muy también si ya entre sobre cuando le les todo porque desde puede tiene",
    "it": "il lo la i gli le di del della dei delle e è in un una che per non con su sono come più ma o questo "
    "questa si al alla nel nella da anche ha essere stato loro suo sua può dal dalla tra se ed",
    "pt": "o a os as de do da dos das e é em um uma que para por com não no na nos nas se mais como mas ou ao "
    "são foi ser seu sua está este esta também pelo pela pode tem quando entre já muito isso",
    "nl": "de het een en van is in dat op te met voor niet zijn aan er door ook als bij of maar om naar hij ze "
    "wij je wordt worden kan heeft hebben deze dit die was uit over nog meer dan tot geen",
    "sv": "och att det i är som en på för med av inte den till ett om har de kan från var vi du jag man eller "
    "när så ska under efter vid mycket också men mot denna detta blir mellan",
    "da": "og at det i er som en på for med af ikke den til et om har de kan fra var vi du jeg man eller når så "
    "skal under efter ved meget også men mod denne dette bliver mellem",
    "pl": "i w na z do nie to że się jest o jak po za od ale dla co są tym przez lub oraz tego ten ta który "
    "która które może być ma było już tylko przy czy tak jego ich można także",
    "tr": "ve bir bu da de için ile olarak çok daha o ne gibi en var olan kadar ama ya değil sonra her mi "
    "olduğu şey ki veya tarafından göre ise bunu onun hem nasıl",
    "fi": "ja on ei se että ovat oli joka mutta myös tai kun niin hän ne tämä kuin jos sen voi ole jotka mukaan "
    "sekä vain hyvin kanssa nyt jo minä sinä mikä",
    "ro": "și de la în cu o un pe nu că este din pentru sau mai care se au fi ca prin ale al ai sunt a fost "
    "între după dar această acest poate când lui ei le",
    "id": "yang dan di dari untuk dengan ini itu pada tidak adalah ke dalam akan atau juga oleh sebagai dapat "
    "bisa ada karena saya anda mereka kami telah lebih seperti tersebut secara menjadi",
}  # fmt: skip

_WORDS = {code: words.split() for code, words in _LISTS.items()}
_SETS = {code: frozenset(words) for code, words in _WORDS.items()}

#: Each word with the languages that have it.
LANGUAGES_OF: dict[str, tuple[str, ...]] = {
    word: tuple(code for code, words in _SETS.items() if word in words) for words in _WORDS.values() for word in words
}
