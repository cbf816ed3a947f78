"""The texts of the demonstration's requests."""

EMAILS = (
    "Congratulations, you are our winner! Click here to claim your free cruise before midnight.",
    "Hi Anna, the minutes of Tuesday's meeting are attached. Could you check the second page? Best, Tom",
    "URGENT: your account will be closed. Send your card number to keep it.",
    "The lift in building C is out of order until Thursday. Facility management",
    "Make $$$ from home, no experience needed, offer ends today!",
    "Your invoice for October is ready in the customer portal.",
    "Lottery prize waiting for you, reply with your bank details.",
    "Lunch on Friday? The new place opposite the station has opened.",
)
REVIEWS = (
    "Great kettle, quiet and quick. I love it.",
    "Broken on arrival, and nobody answered my calls. Terrible.",
    "Good screen, awful battery.",
    "Does what it says. Happy with it.",
    "The worst chair I have ever sat on.",
    "Wonderful colours, but it arrived a week late.",
)
TICKETS = (
    "I was charged twice for November.",
    "The app crashes when I open the camera.",
    "Please change my email address to the one below.",
    "Do you also sell in Norway?",
    "My refund has not arrived after ten days.",
    "Login shows error 500 since this morning.",
    "The invoice says 49.00 but the button said 39.00, and now the app will not start either.",
    "How do I delete my profile?",
)
QUESTIONS = (
    "Is Lisbon west of Madrid?",
    "Is 91 a prime number?",
    "Does water boil at a lower temperature on a mountain?",
    "Is a whale a fish?",
)
ORDERS = (
    "Maria Lopez ordered two garden chairs on 3 November 2026.",
    "On 2026-11-05 we sent a desk lamp to Jonas Weber.",
    "Priya Nair wants the blue rucksack by 12 December.",
    "A tea set for Mr. Ito, dispatched yesterday, 14 November.",
    "Order of 7 October: Sam Okoye, one bicycle pump.",
    "Please deliver the bookshelf to Ingrid Dahl on 1 December 2026.",
    "Chen Wei returned the headphones on 9 November.",
    "For Lucia Romano: three candles, ordered 20 November.",
)
SENTENCES = (
    "Der Zug hat zehn Minuten Verspätung.",
    "¿Dónde está la biblioteca?",
    "Il fait plus froid qu'hier.",
    "会議は三時に始まります。",
)
TITLES = (
    "Central bank leaves rates as they are",
    "Late goal sends the visitors home",
    "A new telescope sees the first galaxies",
    "How to prune an old apple tree",
)
REPLY = (
    "We have received your complaint. It will be processed in the order of arrival. "
    "Do not write again, since that puts you at the end of the queue."
)
CODE = """def transfer(db, source, target, amount):
    balance = db.query("SELECT balance FROM accounts WHERE id = '%s'" % source)
    if balance >= amount:
        db.execute("UPDATE accounts SET balance = %f WHERE id = '%s'" % (balance - amount, source))
        other = db.query("SELECT balance FROM accounts WHERE id = '%s'" % target)
        db.execute("UPDATE accounts SET balance = %f WHERE id = '%s'" % (other + amount, target))
    print("moved", amount, "from", source, "with token", db.token)
"""

_EVENTS = (
    "the queue in region west grew to {n}00 messages while its consumers waited for a lock on the orders",
    "worker {n} restarted after it had run out of memory, and took its share of the queue up again",
    "a write to shard {n} was acknowledged by the leader, and not by its follower, {n} seconds behind",
    "the health check of the gateway passed, although every tenth request to it ended with a timeout",
    "an operator raised the pool of connections from {n} to 200, and the latency fell for a quarter hour",
)


_TURNS = (
    "Customer: I wrote to you {n} days ago and have had no answer since, although your page promises one in a day.",
    "Agent: I am sorry about that. I can see order {n}4 in our system, and that it left our warehouse on time.",
    "Customer: The parcel service says that it was handed over at number {n}, and nobody there knows about it.",
    "Agent: I have asked them for the signature. That usually takes them two working days, sometimes three.",
    "Customer: Then please call me in the afternoon, since I am at work until four and cannot read messages.",
)


def conversation(turns: int) -> str:
    """The history of a ticket, about 25 tokens a turn; the same for the same number."""
    return "\n".join(_TURNS[turn % len(_TURNS)].format(n=turn % 60 + 3) for turn in range(turns))


def incident_log(lines: int) -> str:
    """A log of that many lines, about 30 tokens each; the same for the same number."""
    return "\n".join(
        f"2026-11-1{number % 10} {number // 60 % 24:02d}:{number % 60:02d} "
        f"{_EVENTS[number % len(_EVENTS)].format(n=number % 90 + 2)}."
        for number in range(lines)
    )
