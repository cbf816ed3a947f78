"""Which language an answer is in, and when that is not said."""

import json

import pytest

from model_router.domain.validators import InvalidValidator, build

SENTENCES = {
    "en": "The report is ready, and we will send it to you as soon as the last figures have been checked.",
    "de": "Der Bericht ist fertig, und wir schicken ihn, sobald die Zahlen geprüft worden sind.",
    "fr": "Le rapport est prêt et nous vous l'enverrons dès que les chiffres auront été vérifiés par l'équipe.",
    "es": "El informe está listo y se lo enviaremos en cuanto el equipo haya comprobado las últimas cifras.",
    "it": "La relazione è pronta e la invieremo non appena gli ultimi dati saranno stati controllati dal gruppo.",
    "pt": "O relatório está pronto e será enviado assim que os números forem verificados pela equipa.",
    "nl": "Het rapport is klaar en wij sturen het naar u zodra de laatste cijfers door het team zijn nagekeken.",
    "sv": "Rapporten är klar och vi skickar den till dig när de sista siffrorna har kontrollerats av gruppen.",
    "da": "Rapporten er klar, og vi sender den til dig, når de sidste tal er blevet kontrolleret af gruppen.",
    "pl": "Raport jest już gotowy i wyślemy go do państwa, jak tylko zespół sprawdzi liczby, które w nim są.",
    "tr": "Rapor hazır ve son rakamlar ekip tarafından kontrol edildikten sonra bir mesaj ile gönderilecek, bu iyi.",
    "fi": "Raportti on valmis ja se lähetetään teille, kun tiimi on tarkistanut luvut, jotka ovat vielä auki.",
    "ro": "Raportul este gata și va fi trimis după ce ultimele cifre sunt verificate de echipa care se ocupă de ele.",
    "id": "Laporan itu sudah siap dan akan kami kirim kepada Anda setelah angka diperiksa oleh tim ini.",
    "ru": "Отчёт готов, и мы отправим его вам, как только команда проверит последние цифры.",
    "ar": "التقرير جاهز وسنرسله إليكم فور التحقق من الأرقام الأخيرة.",
    "hi": "रिपोर्ट तैयार है और अंतिम आंकड़ों की जांच होते ही हम इसे आपको भेज देंगे।",
    "el": "Η έκθεση είναι έτοιμη και θα σας τη στείλουμε μόλις ελεγχθούν οι τελευταίοι αριθμοί.",
    "he": "הדוח מוכן ונשלח אותו אליכם ברגע שהנתונים האחרונים ייבדקו על ידי הצוות.",
    "th": "รายงานพร้อมแล้ว และเราจะส่งให้คุณทันทีที่ตรวจสอบตัวเลขสุดท้ายเสร็จ",
    "ko": "보고서가 준비되었으며 팀에서 마지막 수치를 확인하는 대로 보내 드리겠습니다.",
    "ja": "報告書は完成しており、最後の数字の確認が終わり次第お送りします。",
    "zh": "报告已经准备好了,等团队核对完最后的数字就会发送给您。",
}


def code(answer: str, *languages: str) -> str:
    return build({"type": "language", "languages": list(languages)}).check(answer, "").code


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_passes_as_its_own_language(language: str) -> None:
    assert code(SENTENCES[language], language) == "ok"


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_fails_as_any_other_language_but_its_closest(language: str) -> None:
    said = {asked: code(SENTENCES[language], asked) for asked in SENTENCES if asked != language}
    let_pass = {asked for asked, found in said.items() if found not in ("other_language", "other_script")}
    near = {"sv": {"da"}, "da": {"sv"}, "es": {"pt"}, "pt": {"es"}, "zh": {"ja"}}
    assert let_pass <= near.get(language, set()), said


@pytest.mark.parametrize(
    "answer",
    ["", "42", "Ja.", "SPAM", "OK, 12 %", "Berlin, Paris, Madrid", "```python\nfor a in the: of\n```", "??? !!! ..."],
)
def test_short_texts_and_code_are_undecided(answer: str) -> None:
    verdict = build({"type": "language", "languages": ["fr"]}).check(answer, "")
    assert (verdict.passed, verdict.code) == (True, "undecided")


def test_a_text_in_two_languages_fails_for_neither() -> None:
    both = f"{SENTENCES['en']} {SENTENCES['fr']}"
    assert {code(both, "en"), code(both, "fr")} <= {"ok", "undecided"}


def test_values_of_json_are_read_and_keys_are_not() -> None:
    answer = json.dumps({"the_summary_of_the_report": SENTENCES["de"]})
    assert code(answer, "de") == "ok"
    assert code(answer, "en") == "other_language"


def test_one_of_several_languages_is_enough() -> None:
    assert code(SENTENCES["fr"], "en", "fr") == "ok"
    assert code(SENTENCES["ja"], "en", "ko") == "other_script"


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(InvalidValidator, match=r"languages\[1\]: must be one of en, de"):
        build({"type": "language", "languages": ["en", "english"]})
