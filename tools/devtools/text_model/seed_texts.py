"""Texts of our own that the training frames are filled with: what people paste beside an instruction."""

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "review": (
        "The kettle boils fast, but the lid jammed after a week and nobody answers my calls.",
        "Lovely little guesthouse! Clean rooms, friendly owner, and the breakfast alone is worth the trip.",
        "I wanted to like this novel. The first half drags, the twist is obvious, and I gave up at page 200.",
        "Does what it says. Not exciting, not bad either. Delivery took three days.",
        "Best headphones I have owned at this price. The bass is warm and the battery lasts for ages.",
        "The plot makes no sense and the acting is wooden, yet my kids laughed all the way through.",
        "After the update the app crashes every time I open the map. Please fix it!",
        "We waited 50 minutes for cold soup. The waiter shrugged. We will not be back.",
    ),
    "ticket": (
        "Hi, I was charged twice for order 88213 in March. Can you send one of the payments back?",
        "I cannot log in since yesterday. The reset mail never arrives, not even in the spam folder.",
        "Where is my parcel? The tracking page has said 'out for delivery' for four days.",
        "Could you add a dark mode? My eyes hurt at night.",
        "The export button does nothing in Firefox, and in Chrome it saves an empty file.",
    ),
    "article": (
        "The city council voted on Tuesday to close two bridges for repairs until spring. Commuters will be sent "
        "over the northern ring road, and a ferry will run every ten minutes.",
        "Shares of the chip maker rose 7 percent after it raised its forecast for the second time this year.",
        "The striker scored twice in the last five minutes as the visitors came back to win 3-2 in heavy rain.",
        "Researchers have found traces of a river under the ice sheet, 400 km long and older than the ice itself.",
        "A storm left 12,000 homes without power along the coast. Crews expect to work through the weekend.",
    ),
    "email": (
        "Dear winner, your mailbox has been selected. Confirm your bank details within 24 hours to claim the prize.",
        "Hi Jonas, attached is the agenda for Thursday. Could you bring the figures for the spring? Thanks, Mia",
        "Reminder: your subscription ends on 31 May. Nothing to do if you want to keep it.",
    ),
    "question": (
        "How long does a passport renewal take?",
        "Who painted the ceiling of the old opera house?",
        "What does the abbreviation NGO stand for?",
        "Where can I park near the stadium?",
        "What is a heat pump?",
    ),
    "pair": (
        "A: The mayor opened the new library on Monday.\nB: On Monday the new library was opened by the mayor.",
        "Sentence A: Prices rose faster than wages. Sentence B: Wages rose faster than prices.",
        "1) He left the firm in 2019 to teach. 2) He left teaching in 2019 to join the firm.",
        '"The bridge is closed in winter." "In winter nobody may cross the bridge."',
    ),
    "question_pair": (
        '"How do I reset my router?" and "What is the way to restart a router?"',
        "First: How can I learn to swim as an adult?\nSecond: What is the best age to learn swimming?",
        '"Is coffee bad for the heart?" / "Does drinking coffee harm your heart?"',
    ),
    "paragraph": (
        "Lighthouse Brewing is a family company from the north coast that makes dark beers and ships them abroad.",
        "The marsh orchid is a perennial plant that flowers in June on wet meadows.",
        "Blue Harbour is the third studio album of the folk singer, recorded in a barn over one winter.",
        "The old town hall, built in 1623, burned down twice and was rebuilt both times in brick.",
    ),
    "dialogue": (
        "Ana: are you still coming tonight?\nBen: yes, but an hour late, the train is stuck\nAna: fine, we will wait",
        "Agent: How can I help?\nCustomer: My card was declined abroad.\nAgent: I have lifted the block.",
    ),
    "code": (
        "def mean(xs):\n    return sum(xs) / len(xs)",
        "for (let i = 0; i <= items.length; i++) { total += items[i].price; }",
        "SELECT name, COUNT(*) FROM orders WHERE paid = 1 GROUP BY name;",
    ),
}
