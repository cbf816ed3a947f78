"""Words that say the same thing about the work, grouped: the text model sees the group beside the word.

A model that knows `sentiment` from its training texts then knows `mood` too. The groups are general English; a word
stands in one group only, the first that lists it.
"""

from typing import Final

_GROUPS: Final[dict[str, str]] = {
    "LABEL": "sentiment sentiments tone mood emotion emotions emotional polarity category categories class classes "
    "label labels type kind topic topics genre section intent attitude opinion stance subject theme tag tags language "
    "urgency priority severity department domain spam toxic",
    "RATING": "rating ratings rate star stars score scored scale thumbs",
    "SAME": "same similar equivalent duplicate duplicates duplicated paraphrase paraphrases paraphrased meaning "
    "meanings mean synonymous synonyms identical convey conveys merge entail entails entailment contradict contradicts "
    "interchangeable equal",
    "JUDGEMENT": "positive negative neutral good bad favorable unfavorable favourable unfavourable flattering "
    "unflattering happy unhappy satisfied dissatisfied recommend enjoy enjoyed enjoyable like liked dislike disliked "
    "love loved hate hated pleased angry upset disappointed great terrible worth increase decrease decreased increased",
    "ABOUT": "feel feels feeling express expresses expressed expressing reflect reflects depict depicts describes "
    "describe portray portrays refer refers referring regarding about asking belong belongs fall falls",
    "TEXT": "review reviews text article sentence sentences question questions message messages email mail tweet "
    "comment comments passage post posts document documents paragraph statement statements ticket story news headline "
    "title feedback dialogue conversation transcript essay report",
    "WHO": "reviewer viewer writer author customer user reader critic speaker person he she they buyer",
    "THING": "movie film product place app restaurant book service item hotel",
    "QUANTITY": "many much total cost costs percent percentage half twice thrice double triple each every average "
    "remaining altogether left more less fewer difference ratio times per spend spent earn earns pays pay paid "
    "price sold sells dollars cents hours hour minutes minute days day weeks week months month years year miles km "
    "meters feet pounds inches gallons liters",
    "MATHS": "calculate compute solve equation equations integral derivative probability theorem prove proof "
    "polynomial matrix vector angle triangle integer integers prime subgroup homomorphism isomorphic coefficient "
    "regression estimator variance ols logarithm sqrt velocity mass electron frequency wavelength argument conclusion "
    "premise premises proposition symbolization logic logical fallacy valid invalid consistent tautology contradictory "
    "contrapositive reasoning deduce infer imply implies divide divided divisible multiply multiplied subtract squared "
    "cubed primes fraction fractions arithmetic sum numbers",
    "CODE": "code function program python javascript java html css sql algorithm implement script method regex array "
    "api debug bug compile complexity recursion",
    "SHORTEN": "summarize summarise summary summaries summarizing tldr tl dr condense shorten brief briefly abstract "
    "gist outline synthesize distill essentials rephrase key points highlights recap overview nutshell concise short "
    "boils compress digest",
    "PRODUCE": "write compose create generate draft make design develop imagine list suggest propose pretend act "
    "construct give provide tell help plan prepare produce explain discuss compare analyze elaborate recommendations "
    "ideas rewrite edit improve translate convert correct fix expand continue complete brainstorm invent",
    "ASK": "what which who whom whose when where why how",
    "AUXILIARY": "is are was were do does did has have had can could would should will am may might isn doesn",
    "PICK": "choose select pick classify categorize categorise identify determine decide judge assign predict option "
    "options choice choices following among between either whether detect",
    "NOT": "not no none neither nor",
    "NUMBER": " ".join(map(str, range(2101))),
}

GROUP_OF: Final[dict[str, str]] = {}
"""The group of each word that is in one."""
for _group, _words in _GROUPS.items():
    for _word in _words.split():
        GROUP_OF.setdefault(_word, _group)
