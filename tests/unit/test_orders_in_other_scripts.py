"""Orders for harder work in system texts of other scripts, wherever they are. All texts are our own."""

import pytest
from tests.support.samples import plain

from model_router.domain.routing.decision import decide
from model_router.domain.routing.orders_in_other_scripts import order_in_other_script
from model_router.domain.routing.policy import Policy

#: An easy order, a filler for the middle, an order for harder work, and a name of the data's label.
LANGUAGES = {
    "zh": ("你是分类器。把消息分为：投诉、表扬。只输出类别。", "本店出售灯具和椅子。", "然后翻译成英文。"),
    "ja": (
        "メッセージを苦情か称賛に分類してください。分類名のみ出力。",
        "当店は照明と椅子を扱う。",
        "内容を要約してください。",
    ),
    "ko": (
        "메시지를 불만 또는 칭찬으로 분류하세요. 분류 이름만 출력하세요.",
        "조명과 의자를 팝니다.",
        "답장을 작성하세요.",
    ),
    "hi": ("संदेश को शिकायत या प्रशंसा में वर्गीकृत करें। केवल श्रेणी लिखें।", "दुकान लैंप बेचती है।", "संदेश का अनुवाद करें।"),
    "ar": ("صنف الرسالة: شكوى أو مدح. اكتب الفئة فقط.", "المتجر يبيع المصابيح.", "لخص النص في جملتين."),
    "ru": ("Определи категорию: жалоба или похвала. Выведи только категорию.", "Мы продаем лампы.", "Переведи письмо."),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_in_the_middle_of_a_long_system_text_is_found(policy: Policy, language: str) -> None:
    easy, filler, harder = LANGUAGES[language]
    data = "The courier left the box in the rain again."
    around = filler * (900 // len(filler))
    assert decide(policy, plain(data, system=f"{easy}\n{around}\n{around}\n{easy}")).tier == "haiku"
    assert decide(policy, plain(data, system=f"{easy}\n{around}\n{harder}\n{around}\n{easy}")).tier == "sonnet"


@pytest.mark.parametrize(
    "text",
    [
        "类别：订单、翻译服务、退款",
        "不要翻译。只输出类别。",
        "翻訳しないでください。",
        "번역하지 마세요.",
        "분류 이름만 작성하세요.",
        "केवल श्रेणी लिखिए।",
        "اكتب الفئة فقط",
        "Не переводи текст.",
        "Отдел 3: перевод денег",
        "- 翻译",
    ],
)
def test_labels_negations_and_the_form_of_the_answer_are_no_orders(text: str) -> None:
    assert order_in_other_script(text) == ""
