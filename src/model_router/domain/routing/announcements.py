"""First turns that are about all turns that follow: "I will paste mails, label each"."""

from functools import cached_property
from typing import Final

from model_router.domain.routing.patterns import PatternSet, fold

#: Characters of the first turn that may announce the others.
_WITHIN: Final = 300
#: In the languages of the lexicon.
_PHRASES: Final = """
    for each, each one, each of, each message, each text, each mail, each line, each item, every one, every message
    every text, every mail, every line, every item, one at a time, one by one, one after another, one after the other
    i will send, i will paste, i will give, i will show, i will share, i'll send, i'll paste, i'll give, i'll show
    i'll share, i'm going to, i am going to, i paste, i send, i post, you will get, you'll get, you will receive
    you'll receive, you will see, you'll see, let's sort, let's label, let's go through, ready
    fur jede*, zu jede*, jede nachricht, jede mail, jeden text, jeden satz, nacheinander, ich schicke, ich sende
    ich gebe, ich zeige, bereit
    pour chaque, chaque message, chaque texte, chaque phrase, un par un, l'un apres l'autre, je vais, je t'envoie
    je vous envoie, pret
    para cada, cada uno, cada mensaje, cada texto, cada frase, uno por uno, voy a, te envio, te mando, listo
    cada um, cada mensagem, um por um, vou enviar, vou mandar, vou colar, vou passar, pronto
    per ogni, ogni messaggio, ogni testo, ogni frase, uno alla volta, uno per uno, ti mando, ti invio, ti incollo
    これから, ひとつずつ, 一つずつ, 1件ずつ, 順番に, それぞれ, 送ります
    我会发, 我会给, 我将, 我发, 逐条, 逐个, 每条, 每句, 每一条, 每个
    하나씩, 보낼게*, 보내겠*, 보내드*, 각각*, 각 메시지*, 각 문장*, 한 번에 하나*
    एक एक, एक-एक, हर संदेश, हर वाक्य, हर एक, भेजूंगा, भेजूँगा, भेजूंगी, भेजूँगी
    سأرسل, سوف أرسل, لكل, كل رسالة, كل جملة, واحدة تلو, واحدا تلو
    по одному, по очереди, буду присылать, буду отправлять, пришлю, каждое, каждого, каждой
"""
_ANNOUNCEMENTS: Final = PatternSet([phrase.strip() for phrase in _PHRASES.strip().replace("\n", ",").split(",")])


class FirstTurn:
    """The first turn of a conversation, searched only if that matters."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def announces_more(self) -> bool:
        """Whether it is about all turns that follow, which are then data."""
        return bool(_ANNOUNCEMENTS.found_in(fold(self._text[:_WITHIN]).replace("|", "'")))
